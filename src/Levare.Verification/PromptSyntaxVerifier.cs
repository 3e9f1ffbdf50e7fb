using System.Globalization;
using System.Text.Json;
using Levare.Conditioning.Prompts;

namespace Levare.Verification;

/// <summary>Prompts and the weighted stretches that a syntax reads in them.</summary>
public sealed class PromptSyntaxVerifier : ICaseVerifier
{
    private const double BreakWeight = -1;

    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) => golden.Name is "tokenizers/weights_a1111";

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        double tolerance = golden.Json.GetProperty("tolerance").GetDouble();
        using JsonDocument table = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(golden.Folder, golden.Json.GetProperty("file").GetString()!)));
        return [.. table.RootElement.EnumerateArray().Select(row =>
            Compare(row.GetProperty("prompt").GetString()!, Flatten(BracketSyntax.Parse(row.GetProperty("prompt").GetString()!)), Parts(row.GetProperty("parts")), tolerance))];
    }

    private static PromptPart[] Parts(JsonElement parts) => [.. parts.EnumerateArray().Select(part => new PromptPart(part[0].GetString()!, part[1].GetDouble()))];

    // The table writes a prompt as one list, where BREAK stands between sections; an empty prompt as one empty stretch.
    private static PromptPart[] Flatten(WeightedText text)
    {
        PromptPart[] flat = [.. text.Sections.SelectMany((section, i) => i == 0 ? section : section.Insert(0, new("BREAK", BreakWeight)))];
        return flat.Length == 0 ? [new("", 1)] : flat;
    }

    private static Comparison Compare(string prompt, PromptPart[] actual, PromptPart[] expected, double tolerance)
    {
        string what = $"{prompt}: {Spell(actual)} where {Spell(expected)} is expected";
        bool sameTexts = actual.Select(part => part.Text).SequenceEqual(expected.Select(part => part.Text));
        return new(what, sameTexts ? actual.Zip(expected, (a, b) => Math.Abs(a.Weight - b.Weight)).Max() : double.PositiveInfinity, tolerance);
    }

    private static string Spell(PromptPart[] parts) => string.Join(", ", parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"\"{part.Text}\" {part.Weight}")));
}
