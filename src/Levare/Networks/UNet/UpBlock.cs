using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.UNet;

/// <summary>What an up block gives.</summary>
/// <param name="Hidden">The features for the next block.</param>
/// <param name="Image">The growing output image of NCSN++'s blocks; null elsewhere.</param>
internal readonly record struct UpBlockResult(Tensor Hidden, Tensor? Image);

/// <summary>One resolution on the way up. It takes as many skips as it has residual blocks.</summary>
/// <remarks><c>forward(hidden, skips, context, image)</c>: the skips are taken from the top of the stack; the image is null at the first block. The features that a block is given, and the
/// skips that it takes, are disposed.</remarks>
internal abstract class UpBlock(string name) : nn.Module<Tensor, Stack<Tensor>, UNetContext, Tensor?, UpBlockResult>(name);

/// <summary>Residual blocks, each with a skip beside its input and with attention behind it where the type has it, then a layer that doubles the resolution.</summary>
/// <remarks>Keys: <c>resnets.N, attentions.N, upsamplers.0</c>.</remarks>
internal sealed class PlainUpBlock : UpBlock
{
    private readonly ModuleList<ResnetBlock2D> resnets;
    private readonly ModuleList<nn.Module>? attentions;
    private readonly ModuleList<nn.Module>? upsamplers;

    /// <summary>A block with fresh weights.</summary>
    /// <param name="resnets">One or more.</param>
    /// <param name="attentions">As many, of those that <see cref="BlockLayers"/> knows, or null.</param>
    /// <param name="upsampler">An <see cref="Upsample2D"/> or a <see cref="ResnetBlock2D"/> that goes up; null at the highest resolution.</param>
    public PlainUpBlock(IEnumerable<ResnetBlock2D> resnets, IEnumerable<nn.Module>? attentions, nn.Module? upsampler) : base(nameof(PlainUpBlock))
    {
        this.resnets = [.. resnets];
        if (attentions is not null) this.attentions = [.. attentions];
        if (upsampler is not null) upsamplers = [upsampler];
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override UpBlockResult forward(Tensor hidden, Stack<Tensor> skips, UNetContext context, Tensor? image)
    {
        for (int i = 0; i < resnets.Count; i++)
        {
            // Both are needed no more once they are joined: at high resolutions that is much memory.
            using Tensor below = hidden, skip = skips.Pop(), joined = Join(below, skip, context.FreeU);
            hidden = BlockLayers.Feature(resnets[i], attentions?[i], joined, context);
        }
        if (upsamplers is null) return new(hidden, image);
        using (hidden) return new(BlockLayers.Resample(upsamplers[0], hidden, context, like: skips.Peek()), image);
    }

    private static Tensor Join(Tensor hidden, Tensor skip, FreeUScales? freeU)
    {
        if (freeU is null) return cat([hidden, skip], 1);
        using Tensor scaled = freeU.Scale(hidden), filtered = freeU.Filter(skip);
        return cat([scaled, filtered], 1);
    }
}

/// <summary>NCSN++'s up block (Song et al. 2021): every resolution adds its part to an image that grows with a fixed filter.</summary>
/// <remarks>Keys: <c>resnets.N, attentions.0, resnet_up, skip_norm, skip_conv</c>.</remarks>
internal sealed class SkipUpBlock : UpBlock
{
    private readonly ModuleList<ResnetBlock2D> resnets;
    private readonly ModuleList<AttentionBlock>? attentions;
    private readonly ResnetBlock2D? resnet_up;
    private readonly GroupNorm? skip_norm;
    private readonly Conv2d? skip_conv;

    /// <summary>A block with fresh weights.</summary>
    /// <param name="resnets">One or more.</param>
    /// <param name="attention">Behind the last of them, or null.</param>
    /// <param name="upsampler">Doubles the resolution; null at the highest, where nothing is added to the image.</param>
    /// <param name="imageChannels">Channels of the image.</param>
    /// <param name="channels">Channels of the features.</param>
    /// <param name="groups">Groups of the norm before the image's convolution.</param>
    /// <param name="epsilon">Added to variances.</param>
    public SkipUpBlock(
        IEnumerable<ResnetBlock2D> resnets, AttentionBlock? attention, ResnetBlock2D? upsampler, int imageChannels, int channels, int groups, double epsilon)
        : base(nameof(SkipUpBlock))
    {
        this.resnets = [.. resnets];
        if (attention is not null) attentions = [attention];
        resnet_up = upsampler;
        if (upsampler is not null)
        {
            skip_norm = Normalisation.Group(groups, channels, epsilon);
            skip_conv = Layers.Conv2d(channels, imageChannels, 3, padding: 1);
        }
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override UpBlockResult forward(Tensor hidden, Stack<Tensor> skips, UNetContext context, Tensor? image)
    {
        foreach (ResnetBlock2D resnet in resnets)
        {
            using Tensor below = hidden, skip = skips.Pop(), joined = cat([below, skip], 1);
            hidden = resnet.call(joined, context.Time);
        }
        if (attentions is not null) hidden = attentions[0].call(hidden);
        Tensor? larger = image is null ? null : FirResampling.Up(image);
        if (resnet_up is null || skip_norm is null || skip_conv is null) return new(hidden, larger);
        Tensor part = skip_conv.call(nn.functional.silu(skip_norm.call(hidden)));
        return new(resnet_up.call(hidden, context.Time), larger is null ? part : larger + part);
    }
}
