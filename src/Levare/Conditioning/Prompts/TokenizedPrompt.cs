using System.Collections.Immutable;
using Levare.Conditioning.Clip;

namespace Levare.Conditioning.Prompts;

/// <summary>A prompt as one text encoder reads it.</summary>
/// <param name="Mixes">Mixes that follow one another.</param>
/// <param name="Dropped">What was cut off; empty where all fitted.</param>
internal sealed record TokenizedPrompt(ImmutableArray<TokenizedMix> Mixes, string Dropped)
{
    /// <summary>How many chunks it takes.</summary>
    public int Chunks => Mixes.Sum(mix => mix.Chunks);

    /// <summary>Splits a prompt into chunks; in the plain syntax into one, and cuts off the rest.</summary>
    public static TokenizedPrompt Of(string prompt, PromptSyntax syntax, ClipTokenizer tokenizer)
    {
        if (syntax != PromptSyntax.Plain) return new([.. ParsedPrompt.Read(prompt, syntax).Mixes.Select(mix => TokenizedMix.Of(mix, tokenizer))], "");
        ClipTokens tokens = tokenizer.EncodePadded(prompt);
        return new([new([new([new(tokens.Numbers, null)], 1)], 1)], tokenizer.Decode(tokens.Dropped));
    }
}

/// <summary>Texts whose encodings are added up.</summary>
/// <param name="Texts">The chunks of each, and its share.</param>
/// <param name="Weight">How far the sum lies from the encoding of no words at all.</param>
internal sealed record TokenizedMix(ImmutableArray<TokenizedShare> Texts, double Weight)
{
    /// <summary>How many chunks the longest text takes.</summary>
    public int Chunks => Texts.Max(text => text.Chunks.Length);

    public static TokenizedMix Of(PromptMix mix, ClipTokenizer tokenizer) =>
        new([.. mix.Texts.Select(text => new TokenizedShare(PromptChunk.Split(text.Text, tokenizer), text.Share))], mix.Weight);
}

/// <summary>A text of a mix.</summary>
/// <param name="Chunks">What the encoder reads.</param>
/// <param name="Share">What its encoding is multiplied by.</param>
internal sealed record TokenizedShare(ImmutableArray<PromptChunk> Chunks, double Share);
