using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Attention;

/// <summary>Attention of tokens to themselves, then to a context, then a network on each token; each with a norm in front and a sum behind.</summary>
/// <remarks>Keys: <c>norm1, attn1, norm2, attn2, norm3, ff</c>. <c>forward(tokens, context)</c>: [batch, n, Channels] keeps its shape.</remarks>
internal sealed class BasicTransformerBlock : nn.Module<Tensor, AttentionContext, Tensor>
{
    private readonly LayerNorm norm1;
    private readonly CrossAttention attn1;
    private readonly LayerNorm norm2;
    private readonly CrossAttention attn2;
    private readonly LayerNorm norm3;
    private readonly FeedForward ff;

    /// <summary>A block with fresh weights.</summary>
    /// <param name="key">Its key in the whole network, by which a forward pass can single it out.</param>
    /// <param name="shape">Of both attention layers.</param>
    public BasicTransformerBlock(string key, AttentionShape shape) : base(nameof(BasicTransformerBlock))
    {
        Key = key;
        Shape = shape;
        norm1 = Layers.LayerNorm(shape.Channels);
        attn1 = new(shape, shape.OnlyCrossAttention ? shape.ContextChannels : shape.Channels);
        norm2 = Layers.LayerNorm(shape.Channels);
        attn2 = new(shape, shape.ContextChannels);
        norm3 = Layers.LayerNorm(shape.Channels);
        ff = new(shape.Channels, shape.Dropout);
        RegisterComponents();
    }

    /// <summary>Its key in the whole network.</summary>
    public string Key { get; }

    /// <summary>The key of its first attention.</summary>
    public string SelfAttentionKey => $"{Key}.{nameof(attn1)}";

    /// <summary>The shape of both attention layers.</summary>
    public AttentionShape Shape { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor tokens, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        tokens = First(norm1.call(tokens), context) + tokens;
        tokens = attn2.Attend(norm2.call(tokens), context.Text, context.Images.Select(Seen)) + tokens;
        return (ff.call(norm3.call(tokens)) + tokens).MoveToOuterDisposeScope();
    }

    private Tensor First(Tensor tokens, AttentionContext context)
    {
        if (Shape.OnlyCrossAttention) return attn1.call(tokens, context.Text);
        if (context.Identity?.Has(SelfAttentionKey) == true) return attn1.SeeItself(tokens);
        return context.Probe is { } probe && probe.Layer == SelfAttentionKey ? attn1.Attend(tokens, probe) : attn1.call(tokens, tokens);
    }

    private (Tensor Key, Tensor Value, Tensor Scale) Seen(ImagePrompt image)
    {
        (Tensor key, Tensor value) = image.Layers[Key].call(image.Tokens);
        return (key, value, image.Scale);
    }
}
