using static TorchSharp.torch;

namespace Levare.Networks.Clip;

/// <summary>Embeddings of tokens that a text encoder was not trained with, beside its own: textual inversion.</summary>
/// <param name="FirstNumber">The number of the token that the first row embeds.</param>
/// <param name="Rows">[tokens, width]; they stay their owner's.</param>
public sealed record AddedEmbeddings(int FirstNumber, Tensor Rows);
