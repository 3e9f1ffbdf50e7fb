using Levare.Networks.Attention;
using static TorchSharp.torch;

namespace Levare.Networks.UNet;

/// <summary>What the blocks of a U-Net are told in one forward pass. It owns nothing.</summary>
/// <param name="Time">The time embedding, with what was added to it: [batch, channels].</param>
internal sealed record UNetContext(Tensor Time)
{
    /// <summary>What transformers look at; null for networks without them.</summary>
    public AttentionContext? Attention { get; init; }

    /// <summary>On the way down: features of an adapter that are added to this block's; null for none.</summary>
    public Tensor? Added { get; init; }

    /// <summary>On the way up: how this block weighs features against skips; null for as they are.</summary>
    public FreeUScales? FreeU { get; init; }
}
