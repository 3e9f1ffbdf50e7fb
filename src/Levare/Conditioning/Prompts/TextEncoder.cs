using Levare.Conditioning.Clip;
using Levare.Networks.Clip;

namespace Levare.Conditioning.Prompts;

/// <summary>A tokeniser and the text encoder that reads its numbers.</summary>
/// <param name="Tokenizer">The tokeniser.</param>
/// <param name="Model">The encoder; it stays its owner's.</param>
public sealed record TextEncoder(ClipTokenizer Tokenizer, ClipTextModel Model)
{
    /// <summary>The part of a model that it is, by its name in model_index.json.</summary>
    public string Part { get; init; } = "text_encoder";

    /// <summary>Embeddings of the tokens that were added to the tokeniser; null for none.</summary>
    public AddedEmbeddings? Added { get; init; }
}
