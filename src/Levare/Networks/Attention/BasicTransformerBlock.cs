using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Attention;

/// <summary>Attention of tokens to themselves, then to a context, then a network on each token; each with a norm in front and a sum behind.</summary>
/// <remarks>Keys: <c>norm1, attn1, norm2, attn2, norm3, ff</c>. <c>forward(tokens, context)</c>: [batch, n, Channels] keeps its shape.</remarks>
internal sealed class BasicTransformerBlock : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly bool _onlyCrossAttention;
    private readonly LayerNorm norm1;
    private readonly CrossAttention attn1;
    private readonly LayerNorm norm2;
    private readonly CrossAttention attn2;
    private readonly LayerNorm norm3;
    private readonly FeedForward ff;

    /// <summary>A block with fresh weights.</summary>
    public BasicTransformerBlock(AttentionShape shape) : base(nameof(BasicTransformerBlock))
    {
        _onlyCrossAttention = shape.OnlyCrossAttention;
        norm1 = Layers.LayerNorm(shape.Channels);
        attn1 = new(shape, shape.OnlyCrossAttention ? shape.ContextChannels : shape.Channels);
        norm2 = Layers.LayerNorm(shape.Channels);
        attn2 = new(shape, shape.ContextChannels);
        norm3 = Layers.LayerNorm(shape.Channels);
        ff = new(shape.Channels, shape.Dropout);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor tokens, Tensor context)
    {
        using var scope = NewDisposeScope();
        Tensor normed = norm1.call(tokens);
        tokens = attn1.call(normed, _onlyCrossAttention ? context : normed) + tokens;
        tokens = attn2.call(norm2.call(tokens), context) + tokens;
        return (ff.call(norm3.call(tokens)) + tokens).MoveToOuterDisposeScope();
    }
}
