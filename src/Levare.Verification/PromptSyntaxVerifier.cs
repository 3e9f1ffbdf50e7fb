using System.Globalization;
using System.Text.Json;
using Levare.Conditioning.Prompts;

namespace Levare.Verification;

/// <summary>Prompts and what a syntax reads in them: stretches with their weights, and mixes of several texts.</summary>
public sealed class PromptSyntaxVerifier : ICaseVerifier
{
    private const double BreakWeight = -1;

    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) =>
        golden.Json.TryGetProperty("kind", out JsonElement kind) && kind.ValueEquals("prompt_weighting") && SyntaxOf(golden) is not null;

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        double tolerance = golden.Json.GetProperty("tolerance").GetDouble();
        PromptSyntax syntax = SyntaxOf(golden)!.Value;
        using JsonDocument table = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(golden.Folder, golden.Json.GetProperty("file").GetString()!)));
        return [.. table.RootElement.EnumerateArray().Select(row =>
        {
            string prompt = row.GetProperty("prompt").GetString()!;
            return Compare(prompt, Flatten(ParsedPrompt.Read(prompt, syntax)), Expected(row), tolerance);
        })];
    }

    private static PromptSyntax? SyntaxOf(GoldenCase golden) =>
        golden.Name.Contains("a1111", StringComparison.Ordinal) ? PromptSyntax.Weighted
        : golden.Name.Contains("compel", StringComparison.Ordinal) ? PromptSyntax.Compel : null;

    // One list for a prompt. A mix begins with its weight, each of its texts with its share; BREAK stands between sections; no words are one empty stretch.
    private static PromptPart[] Flatten(ParsedPrompt prompt) => [.. prompt.Mixes.SelectMany(mix => mix.Texts
        .SelectMany(text => Flatten(text.Text).Prepend(new("share", text.Share))).Prepend(new("mix", mix.Weight)))];

    private static PromptPart[] Flatten(WeightedText text)
    {
        PromptPart[] flat = [.. text.Sections.SelectMany((section, i) => i == 0 ? section : section.Insert(0, new("BREAK", BreakWeight)))];
        return flat.Length == 0 ? [new("", 1)] : flat;
    }

    private static PromptPart[] Expected(JsonElement row) => row.TryGetProperty("parts", out JsonElement parts)
        ? [new("mix", 1), new("share", 1), .. Parts(parts)]
        : [.. row.GetProperty("prompts").EnumerateArray().SelectMany((prompt, i) => Mix(prompt).Prepend(new("mix", row.GetProperty("weights")[i].GetDouble())))];

    private static IEnumerable<PromptPart> Mix(JsonElement prompt)
    {
        if (!prompt.TryGetProperty("weights", out JsonElement weights)) return Parts(prompt.GetProperty("fragments")).Prepend(new("share", 1));
        double sum = prompt.GetProperty("normalize").GetBoolean() ? weights.EnumerateArray().Sum(weight => weight.GetDouble()) : 1;
        return prompt.GetProperty("prompts").EnumerateArray().SelectMany((text, i) => Parts(text.GetProperty("fragments")).Prepend(new("share", weights[i].GetDouble() / sum)));
    }

    private static IEnumerable<PromptPart> Parts(JsonElement parts) => parts.EnumerateArray().Select(part => new PromptPart(part[0].GetString()!, part[1].GetDouble()));

    private static Comparison Compare(string prompt, PromptPart[] actual, PromptPart[] expected, double tolerance)
    {
        string what = $"{prompt}: {Spell(actual)} where {Spell(expected)} is expected";
        bool sameTexts = actual.Select(part => part.Text).SequenceEqual(expected.Select(part => part.Text));
        return new(what, sameTexts ? actual.Zip(expected, (a, b) => Math.Abs(a.Weight - b.Weight)).Max() : double.PositiveInfinity, tolerance);
    }

    private static string Spell(PromptPart[] parts) => string.Join(", ", parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"\"{part.Text}\" {part.Weight}")));
}
