using System.Globalization;
using System.Text.RegularExpressions;

namespace Levare.Conditioning.Prompts;

/// <summary>Finds compel's words, brackets and weights in a prompt, at any place as often as asked.</summary>
/// <remarks>
/// A bracket or quotation mark that does not fit is text, so reading goes back often; what begins at a place is therefore remembered. Below a depth no prompt needs,
/// brackets are text too.
/// </remarks>
internal sealed partial class CompelReader(string prompt, int outerDepth = 0)
{
    private const int DeepestNesting = 32;
    private const double Stronger = 1.1, Weaker = 0.9;
    private const string Syntax = "()\",.+-=";
    private int _depth = outerDepth;
    private readonly Dictionary<int, Found?> _brackets = [];
    private readonly Dictionary<int, Found?> _quotes = [];

    /// <summary>Stretches that were found, and the place behind them.</summary>
    public readonly record struct Found(IReadOnlyList<PromptPart> Parts, int End);

    /// <summary>The texts of (a, "b", (c)) at the beginning, and the place behind the bracket; null where there is no such list.</summary>
    public (IReadOnlyList<IReadOnlyList<PromptPart>> Items, int End)? Targets()
    {
        int at = SkipBlanks(0);
        if (!Is('(', at)) return null;
        List<IReadOnlyList<PromptPart>> items = [];
        do
        {
            at = SkipBlanks(at + 1);
            Found? item = Quoted(at) ?? QuotedPrompt(at) ?? Bracketed(at) ?? Word(at);
            if (item is not { } found) return null;
            items.Add(found.Parts);
            at = SkipBlanks(found.End);
        }
        while (Is(',', at));
        return Is(')', at) ? (items, at + 1) : null;
    }

    /// <summary>The whole prompt, whatever it holds.</summary>
    public IReadOnlyList<PromptPart> Prompt()
    {
        List<PromptPart> parts = [];
        for (int at = SkipBlanks(0); at < prompt.Length; at = SkipBlanks(at))
        {
            Found found = Weighted(at) ?? Quoted(at) ?? Bracketed(at) ?? FreeWord(at);
            parts.AddRange(found.Parts);
            at = found.End;
        }
        return parts;
    }

    // Words, brackets, quotations, commas and full stops from a place on, as far as they go.
    private Found Fragment(int at)
    {
        List<PromptPart> parts = [];
        for (at = SkipBlanks(at); at < prompt.Length; at = SkipBlanks(at))
        {
            Found? found = Weighted(at) ?? Bracketed(at) ?? Quoted(at) ?? Word(at) ?? (prompt[at] is ',' or '.' ? new([new(prompt[at].ToString(), 1)], at + 1) : null);
            if (found is not { } next) break;
            parts.AddRange(next.Parts);
            at = next.End;
        }
        return new(parts, at);
    }

    // Something with a weight behind it: (words)1.3, "words"++, word-, word.attend(0.5).
    private Found? Weighted(int at)
    {
        if (OtherOperators().Match(prompt, at) is { Success: true } lora) throw Unknown(lora.Value);
        foreach (bool isWord in new[] { false, true })
        {
            if ((isWord ? Word(at) : Quoted(at) ?? Bracketed(at)) is not { } target) continue;
            if (Swap().Match(prompt, target.End) is { Success: true } swap) throw Unknown(swap.Value);
            Match weight = Attend().Match(prompt, target.End);
            if (!weight.Success) weight = (isWord ? Signs() : Weight()).Match(prompt, target.End);
            if (weight.Success) return new([.. target.Parts.Select(part => part with { Weight = part.Weight * Factor(weight.Groups["weight"].Value) })], target.End + weight.Length);
        }
        return null;
    }

    private Found? Bracketed(int at) => Remembered(_brackets, at, '(', () =>
    {
        if (++_depth > DeepestNesting) return null;
        Found inside = Fragment(at + 1);
        return Is(')', inside.End) ? inside with { End = inside.End + 1 } : null;
    });

    private Found? Quoted(int at) => Remembered(_quotes, at, '"', () =>
    {
        if (Quotation(at) is not { } quotation || ++_depth > DeepestNesting) return null;
        if (string.IsNullOrWhiteSpace(quotation)) return new([new("", 1)], at + quotation.Length + 2);
        CompelReader inner = new(Unescape(quotation), _depth);
        Found inside = inner.Fragment(0);
        return inside.End == Unescape(quotation).Length ? inside with { End = at + quotation.Length + 2 } : null;
    });

    private Found? QuotedPrompt(int at) =>
        Quotation(at) is { } quotation ? new(new CompelReader(Unescape(quotation), _depth + 1).Prompt(), at + quotation.Length + 2) : null;

    private Found? Remembered(Dictionary<int, Found?> memory, int at, char opening, Func<Found?> read)
    {
        if (!Is(opening, at)) return null;
        if (memory.TryGetValue(at, out Found? known)) return known;
        int before = _depth;
        Found? found = read();
        _depth = before;
        return memory[at] = found;
    }

    // The text between quotation marks, of which \" is none.
    private string? Quotation(int at)
    {
        if (!Is('"', at)) return null;
        for (int end = at + 1; end < prompt.Length; end++)
            if (prompt[end] == '\\' && Is('"', end + 1)) end++;
            else if (prompt[end] == '"') return prompt[(at + 1)..end];
        return null;
    }

    // A run without blanks and syntax; escaped signs, and signs within or before words, are none.
    private Found? Word(int from)
    {
        int at = from;
        while (at < prompt.Length)
        {
            if (prompt[at] == '\\' && at + 1 < prompt.Length && Syntax.Contains(prompt[at + 1])) at += 2;
            else if (prompt[at] is '+' or '-' ? IsWithinWord(at + 1) : !char.IsWhiteSpace(prompt[at]) && !Syntax.Contains(prompt[at])) at++;
            else break;
        }
        return at > from ? new([new(Plain(prompt[from..at]), 1)], at) : null;
    }

    private bool IsWithinWord(int at) => at < prompt.Length && !char.IsWhiteSpace(prompt[at]) && !Syntax.Contains(prompt[at]);

    private Found FreeWord(int from)
    {
        int at = from;
        while (at < prompt.Length && !char.IsWhiteSpace(prompt[at])) at++;
        return new([new(Plain(prompt[from..at]), 1)], at);
    }

    private int SkipBlanks(int at)
    {
        while (at < prompt.Length && char.IsWhiteSpace(prompt[at])) at++;
        return at;
    }

    private bool Is(char letter, int at) => at < prompt.Length && prompt[at] == letter;

    private static string Unescape(string quotation) => quotation.Replace("\\\"", "\"", StringComparison.Ordinal);

    private static string Plain(string word) =>
        word.Replace("\\(", "(", StringComparison.Ordinal).Replace("\\)", ")", StringComparison.Ordinal).Replace("\\\"", "\"", StringComparison.Ordinal);

    private static double Factor(string weight) => weight[0] switch
    {
        '+' when weight.All(sign => sign == '+') => Math.Pow(Stronger, weight.Length),
        '-' when weight.All(sign => sign == '-') => Math.Pow(Weaker, weight.Length),
        _ => double.Parse(weight, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    private ArgumentException Unknown(string operation) =>
        new($"'{operation.Trim()}' in '{prompt}' is not supported: weights, .attend(), .blend() and .and() are.", nameof(prompt));

    [GeneratedRegex(@"\G(?<weight>\++|-+|[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Weight();

    [GeneratedRegex(@"\G(?<weight>\++|-+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Signs();

    [GeneratedRegex(@"\G\s*\.attend\s*\(\s*(?<weight>\++|-?[0-9]+\.[0-9]*|-?\.[0-9]+|-?[0-9]+|-+)\s*\)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Attend();

    [GeneratedRegex(@"\G\s*\.swap\s*\(", RegexOptions.CultureInvariant)]
    private static partial Regex Swap();

    [GeneratedRegex(@"\G(useLora|withLora)\s*\(", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex OtherOperators();
}
