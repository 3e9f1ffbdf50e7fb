using static TorchSharp.torch;

namespace Levare.Networks.Clip;

/// <summary>What a CLIP text encoder gives. The tensors are the caller's.</summary>
/// <param name="HiddenStates">In front of the first layer (the embeddings) and behind each layer, before the final norm; each [batch, tokens, width].</param>
/// <param name="LastState">The last of them after the final norm, [batch, tokens, width].</param>
/// <param name="Pooled">The last state at the end of the text, [batch, width].</param>
/// <param name="Projected">The pooled state in the space that texts and pictures share, [batch, projection width]; null in models without the projection.</param>
public sealed record ClipTextOutput(IReadOnlyList<Tensor> HiddenStates, Tensor LastState, Tensor Pooled, Tensor? Projected);
