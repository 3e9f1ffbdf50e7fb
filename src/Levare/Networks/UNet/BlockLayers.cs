using Levare.Networks.Attention;
using Levare.Networks.Blocks;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.UNet;

/// <summary>Calls those layers of a block of which there are several kinds.</summary>
internal static class BlockLayers
{
    /// <summary>A residual block, with attention behind it where there is one.</summary>
    public static Tensor Feature(ResnetBlock2D resnet, nn.Module? attention, Tensor hidden, UNetContext context)
    {
        Tensor features = resnet.call(hidden, context.Time);
        if (attention is null) return features;
        using (features) return Attend(attention, features, context);
    }

    /// <summary>Attention between pixels, or of pixels to the text too.</summary>
    public static Tensor Attend(nn.Module layer, Tensor hidden, UNetContext context) => layer switch
    {
        Transformer2D transformer => transformer.call(hidden, context.Attention ?? throw new InvalidOperationException("A block with cross-attention was given no text.")),
        AttentionBlock attention => attention.call(hidden),
        _ => throw new InvalidOperationException($"A {layer.GetName()} cannot attend in a block."),
    };

    /// <summary>The change of resolution at a block's end.</summary>
    /// <param name="layer">A convolution or a residual block.</param>
    /// <param name="hidden">[batch, channels, height, width].</param>
    /// <param name="context">What the block is told.</param>
    /// <param name="like">On the way up, the skip that the result is to be joined with. Halving rounds odd sides up, so twice a side may be one too many.</param>
    public static Tensor Resample(nn.Module layer, Tensor hidden, UNetContext context, Tensor? like = null) => layer switch
    {
        ResnetBlock2D resnet => resnet.call(hidden, context.Time),
        Upsample2D upsample when like is not null && !IsTwice(hidden, like) => upsample.To(like.shape[2], like.shape[3], hidden),
        nn.Module<Tensor, Tensor> convolution => convolution.call(hidden),
        _ => throw new InvalidOperationException($"A {layer.GetName()} cannot change the resolution of a block."),
    };

    private static bool IsTwice(Tensor small, Tensor large) => large.shape[2] == 2 * small.shape[2] && large.shape[3] == 2 * small.shape[3];
}
