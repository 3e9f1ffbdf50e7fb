using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.Attention;

/// <summary>Keeps the weights with which the pixels of one self-attention layer look at each other, for one evaluation of a network.</summary>
/// <param name="layer">The layer's key.</param>
/// <remarks>One probe for one evaluation in one thread. It holds pixels times pixels numbers for each head: for layers of few pixels, such as the bottom's.</remarks>
public sealed class AttentionProbe(string layer) : IDisposable
{
    /// <summary>The first self-attention at the bottom of a U-Net.</summary>
    public const string MiddleLayer = "mid_block.attentions.0.transformer_blocks.0.attn1";

    /// <summary>The layer's key.</summary>
    public string Layer => layer;

    /// <summary>The weights, [batch, heads, pixels, pixels]; null until the layer has run.</summary>
    public Tensor? Weights { get; private set; }

    /// <inheritdoc/>
    public void Dispose() => Weights?.Dispose();

    internal void Keep(Tensor weights)
    {
        Weights?.Dispose();
        Weights = weights.detach().DetachFromDisposeScope();
    }
}
