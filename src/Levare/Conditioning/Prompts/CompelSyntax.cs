using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Levare.Conditioning.Prompts;

/// <summary>Reads <see cref="PromptSyntax.Compel"/> prompts. What is no syntax is text.</summary>
internal static partial class CompelSyntax
{
    private const string NotNormalised = "no_normalize";

    /// <summary>The mixes of a prompt; neighbours that count alike are one, with a blank between.</summary>
    /// <exception cref="ArgumentException">There are more or fewer weights than texts, a weight is no number, or an operator is not known here.</exception>
    public static ParsedPrompt Parse(string prompt)
    {
        CompelReader reader = new(prompt);
        if (string.IsNullOrWhiteSpace(prompt)) return ParsedPrompt.Of(WeightedText.Of(new PromptPart("", 1)));
        if (reader.Targets() is not { } targets || Operator().Match(prompt, targets.End) is not { Success: true } match)
            return ParsedPrompt.Of(Text(reader.Prompt()));
        ImmutableArray<string> options = [.. match.Groups["options"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        ImmutableArray<WeightedText> texts = [.. targets.Items.Select(Text)];
        return match.Groups["name"].Value == "blend" ? Blend(prompt, texts, options)
            : new([.. Weights(prompt, options, texts.Length).Select((weight, i) => new PromptMix([new(texts[i], 1)], weight))]);
    }

    private static ParsedPrompt Blend(string prompt, ImmutableArray<WeightedText> texts, ImmutableArray<string> options)
    {
        bool isNormalised = options is not [.., NotNormalised];
        double[] weights = Weights(prompt, isNormalised ? options : options[..^1], texts.Length);
        double sum = isNormalised ? weights.Sum() : 1;
        if (sum == 0) throw new ArgumentException($"The weights of the blend '{prompt}' add up to 0: write {NotNormalised} behind them to take them as they are.", nameof(prompt));
        return new([new([.. texts.Select((text, i) => new PromptShare(text, weights[i] / sum))], 1)]);
    }

    private static double[] Weights(string prompt, ImmutableArray<string> options, int count)
    {
        if (options.IsEmpty) return [.. Enumerable.Repeat(1.0, count)];
        if (options.Length != count) throw new ArgumentException($"'{prompt}' has {count} texts and {options.Length} weights.", nameof(prompt));
        return [.. options.Select(option => double.TryParse(option, NumberStyles.Float, CultureInfo.InvariantCulture, out double weight) && double.IsFinite(weight)
            ? weight : throw new ArgumentException($"'{option}' in '{prompt}' is no weight.", nameof(prompt)))];
    }

    private static WeightedText Text(IReadOnlyList<PromptPart> parts)
    {
        List<PromptPart> joined = [];
        foreach (PromptPart part in parts)
            if (joined.Count > 0 && joined[^1].Weight == part.Weight) joined[^1] = part with { Text = joined[^1].Text + " " + part.Text };
            else joined.Add(part);
        return WeightedText.Of([.. joined]);
    }

    [GeneratedRegex(@"\G\s*\.(?<name>blend|and|add)\s*\((?<options>[^()]*)\)\s*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Operator();
}
