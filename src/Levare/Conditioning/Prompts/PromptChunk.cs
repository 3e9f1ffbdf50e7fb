using System.Collections.Immutable;
using Levare.Conditioning.Clip;

namespace Levare.Conditioning.Prompts;

/// <summary>What a text encoder reads at once.</summary>
/// <param name="Numbers">Start, tokens, end, padding.</param>
/// <param name="Weights">How much each counts; null where all count alike.</param>
internal sealed record PromptChunk(ImmutableArray<int> Numbers, ImmutableArray<float>? Weights)
{
    /// <summary>A chunk that says nothing.</summary>
    public static PromptChunk Empty(ClipTokenizer tokenizer) => new(tokenizer.Wrap([]), null);

    /// <summary>A text in as many chunks as it needs: each section begins one; at least one, and none for an empty end.</summary>
    public static ImmutableArray<PromptChunk> Split(WeightedText text, ClipTokenizer tokenizer)
    {
        List<PromptChunk> chunks = [];
        for (int i = 0; i < text.Sections.Length; i++)
        {
            (int Number, float Weight)[] tokens = [.. text.Sections[i].SelectMany(part => tokenizer.Tokenize(part.Text).Select(number => (number, (float)part.Weight)))];
            bool isEmptyEnd = tokens.Length == 0 && i == text.Sections.Length - 1 && i > 0;
            if (tokens.Length == 0 && !isEmptyEnd) chunks.Add(Empty(tokenizer));
            chunks.AddRange(tokens.Chunk(tokenizer.Length - 2).Select(chunk => Of(chunk, tokenizer)));
        }
        return [.. chunks];
    }

    private static PromptChunk Of((int Number, float Weight)[] tokens, ClipTokenizer tokenizer)
    {
        ImmutableArray<int> numbers = tokenizer.Wrap([.. tokens.Select(token => token.Number)]);
        if (tokens.All(token => token.Weight == 1)) return new(numbers, null);
        float[] weights = new float[tokenizer.Length];
        Array.Fill(weights, 1);
        for (int i = 0; i < tokens.Length; i++) weights[i + 1] = tokens[i].Weight;
        return new(numbers, [.. weights]);
    }
}
