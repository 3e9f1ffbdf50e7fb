using System.Collections.Immutable;

namespace Levare.Conditioning.Prompts;

/// <summary>What a syntax read in a prompt: mixes side by side, of which the plain and the weighted syntax have one with one text.</summary>
/// <param name="Mixes">One or more; their encodings follow one another.</param>
public sealed record ParsedPrompt(ImmutableArray<PromptMix> Mixes)
{
    /// <summary>A prompt of one text.</summary>
    public static ParsedPrompt Of(WeightedText text) => new([new([new(text, 1)], 1)]);

    /// <summary>Reads a prompt.</summary>
    /// <exception cref="ArgumentException">The syntax has rules that the prompt breaks; the message says which.</exception>
    public static ParsedPrompt Read(string prompt, PromptSyntax syntax) => syntax switch
    {
        PromptSyntax.Weighted => Of(BracketSyntax.Parse(prompt)),
        PromptSyntax.Compel => CompelSyntax.Parse(prompt),
        _ => Of(WeightedText.Of(new PromptPart(prompt, 1))),
    };
}

/// <summary>Texts whose encodings are added up.</summary>
/// <param name="Texts">One or more, with the share of each; the shares need not add up to 1.</param>
/// <param name="Weight">How far the sum lies from the encoding of no words at all: 1 is where it is.</param>
public sealed record PromptMix(ImmutableArray<PromptShare> Texts, double Weight);

/// <summary>A text of a mix.</summary>
/// <param name="Text">The text.</param>
/// <param name="Share">What its encoding is multiplied by.</param>
public sealed record PromptShare(WeightedText Text, double Share);
