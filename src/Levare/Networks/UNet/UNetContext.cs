using static TorchSharp.torch;

namespace Levare.Networks.UNet;

/// <summary>What all blocks of a U-Net are told in one forward pass. It owns nothing.</summary>
/// <param name="Time">The time embedding, with what was added to it: [batch, channels].</param>
internal sealed record UNetContext(Tensor Time)
{
    /// <summary>What cross-attention looks at, [batch, tokens, width]; null for networks without it.</summary>
    public Tensor? Text { get; init; }
}
