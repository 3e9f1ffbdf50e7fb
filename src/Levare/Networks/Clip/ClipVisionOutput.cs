using static TorchSharp.torch;

namespace Levare.Networks.Clip;

/// <summary>What a CLIP picture encoder gives. The tensors are the caller's.</summary>
/// <param name="HiddenStates">In front of the first layer (the embeddings after their norm) and behind each layer; each [batch, 1 + patches, width].</param>
/// <param name="Pooled">The first token of the last state after the final norm, [batch, width]: the picture as a whole.</param>
/// <param name="Projected">The pooled state in the space that texts and pictures share, [batch, projection width]; null in models without the projection.</param>
public sealed record ClipVisionOutput(IReadOnlyList<Tensor> HiddenStates, Tensor Pooled, Tensor? Projected)
{
    /// <summary>The state behind the last layer, before any norm.</summary>
    public Tensor LastState => HiddenStates[^1];
}
