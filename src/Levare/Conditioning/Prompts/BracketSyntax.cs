using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Levare.Conditioning.Prompts;

/// <summary>Reads <see cref="PromptSyntax.Weighted"/> prompts. Any text is one: a bracket without a partner reaches to the end, or is a letter.</summary>
internal static partial class BracketSyntax
{
    private const double RoundFactor = 1.1;
    private const double SquareFactor = 1 / 1.1;

    /// <summary>The stretches of a prompt; neighbours that count alike are one, empty ones are left out.</summary>
    public static WeightedText Parse(string prompt)
    {
        Reader reader = new(prompt);
        return new([.. reader.Read()]);
    }

    private sealed class Reader(string prompt)
    {
        private readonly List<Piece> _pieces = [];
        private readonly Stack<int> _round = new();
        private readonly Stack<int> _square = new();
        private readonly StringBuilder _text = new();

        public IEnumerable<ImmutableArray<PromptPart>> Read()
        {
            for (int at = 0; at < prompt.Length;) at += Step(at);
            Flush();
            foreach (int from in _round) Multiply(from, RoundFactor);
            foreach (int from in _square) Multiply(from, SquareFactor);
            return Sections();
        }

        // Reads what begins at a place, and tells its length.
        private int Step(int at)
        {
            switch (prompt[at])
            {
                case '\\' when at + 1 < prompt.Length && prompt[at + 1] is '(' or ')' or '[' or ']' or '\\':
                    Escaped(prompt[at + 1]);
                    return 2;
                case '(':
                    Open(_round);
                    return 1;
                case '[':
                    Open(_square);
                    return 1;
                case ':' when _round.Count > 0 && Weight().Match(prompt, at) is { Success: true } match && TryNumber(match, out double weight):
                    Close(_round, weight);
                    return match.Length;
                case ')' when _round.Count > 0:
                    Close(_round, RoundFactor);
                    return 1;
                case ']' when _square.Count > 0:
                    Close(_square, SquareFactor);
                    return 1;
                default:
                    _text.Append(prompt[at]);
                    return 1;
            }
        }

        private void Open(Stack<int> brackets)
        {
            Flush();
            brackets.Push(_pieces.Count);
        }

        private void Close(Stack<int> brackets, double factor)
        {
            Flush();
            Multiply(brackets.Pop(), factor);
        }

        // A letter by itself, so that an escaped bracket never completes or begins the word BREAK's neighbourhood.
        private void Escaped(char letter)
        {
            Flush();
            _pieces.Add(new(letter.ToString(), 1, IsBreak: false));
        }

        private void Multiply(int from, double factor)
        {
            for (int i = from; i < _pieces.Count; i++) _pieces[i] = _pieces[i] with { Weight = _pieces[i].Weight * factor };
        }

        private void Flush()
        {
            string text = _text.ToString();
            _text.Clear();
            int from = 0;
            foreach (ValueMatch match in Break().EnumerateMatches(text))
            {
                Add(text[from..match.Index]);
                _pieces.Add(new("", 1, IsBreak: true));
                from = match.Index + match.Length;
            }
            Add(text[from..]);
        }

        private void Add(string text)
        {
            if (text.Length > 0) _pieces.Add(new(text, 1, IsBreak: false));
        }

        private IEnumerable<ImmutableArray<PromptPart>> Sections()
        {
            List<PromptPart> section = [];
            foreach (Piece piece in _pieces)
            {
                if (piece.IsBreak)
                {
                    yield return [.. section];
                    section.Clear();
                }
                else if (section.Count > 0 && section[^1].Weight == piece.Weight) section[^1] = section[^1] with { Text = section[^1].Text + piece.Text };
                else section.Add(new(piece.Text, piece.Weight));
            }
            yield return [.. section];
        }
    }

    private readonly record struct Piece(string Text, double Weight, bool IsBreak);

    private static bool TryNumber(Match match, out double weight) =>
        double.TryParse(match.Groups["weight"].ValueSpan, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out weight);

    [GeneratedRegex(@"\G:\s*(?<weight>[+-]?[0-9.]+)\s*\)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Weight();

    [GeneratedRegex(@"\s*\bBREAK\b\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Break();
}
