using Levare.Networks.Attention;
using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.UNet;

/// <summary>What a down block gives.</summary>
/// <param name="Hidden">The features for the next block.</param>
/// <param name="Skips">The features that the up blocks take again, in order; the last one is <paramref name="Hidden"/>.</param>
/// <param name="Image">The running, filtered input image of NCSN++'s blocks; null elsewhere.</param>
internal sealed record DownBlockResult(Tensor Hidden, IReadOnlyList<Tensor> Skips, Tensor? Image);

/// <summary>One resolution on the way down.</summary>
/// <remarks><c>forward(hidden, context, image)</c>: the image is what the last block returned as such, the network's input at the first.</remarks>
internal abstract class DownBlock(string name) : nn.Module<Tensor, UNetContext, Tensor?, DownBlockResult>(name)
{
    // What both kinds of block begin with: each residual block, with its attention where there is one, is a skip of its own.
    private protected static Tensor Features(
        ModuleList<ResnetBlock2D> resnets, ModuleList<nn.Module>? attentions, Tensor hidden, UNetContext context, List<Tensor> skips)
    {
        for (int i = 0; i < resnets.Count; i++)
            skips.Add(hidden = BlockLayers.Feature(resnets[i], attentions?[i], hidden, context));
        return hidden;
    }
}

/// <summary>Residual blocks, each with attention behind it where the type has it, then a layer that halves the resolution.</summary>
/// <remarks>Keys: <c>resnets.N, attentions.N, downsamplers.0</c>.</remarks>
internal sealed class PlainDownBlock : DownBlock
{
    private readonly ModuleList<ResnetBlock2D> resnets;
    private readonly ModuleList<nn.Module>? attentions;
    private readonly ModuleList<nn.Module>? downsamplers;

    /// <summary>A block with fresh weights.</summary>
    /// <param name="resnets">One or more.</param>
    /// <param name="attentions">As many, of those that <see cref="BlockLayers"/> knows, or null.</param>
    /// <param name="downsampler">A <see cref="Downsample2D"/> or a <see cref="ResnetBlock2D"/> that goes down; null at the lowest resolution.</param>
    public PlainDownBlock(IEnumerable<ResnetBlock2D> resnets, IEnumerable<nn.Module>? attentions, nn.Module? downsampler) : base(nameof(PlainDownBlock))
    {
        this.resnets = [.. resnets];
        if (attentions is not null) this.attentions = [.. attentions];
        if (downsampler is not null) downsamplers = [downsampler];
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override DownBlockResult forward(Tensor hidden, UNetContext context, Tensor? image)
    {
        List<Tensor> skips = [];
        hidden = Features(resnets, attentions, hidden, context, skips);
        // Adapters were trained with their features in front of the change of resolution where there are transformers, and behind it elsewhere.
        bool beforeResampling = attentions?[0] is Transformer2D;
        if (beforeResampling) hidden = WithAdded(hidden, context, skips);
        if (downsamplers is not null) skips.Add(hidden = BlockLayers.Resample(downsamplers[0], hidden, context));
        if (!beforeResampling) hidden = WithAdded(hidden, context, skips);
        return new(hidden, skips, image);
    }

    private static Tensor WithAdded(Tensor hidden, UNetContext context, List<Tensor> skips)
    {
        if (context.Added is not { } added) return hidden;
        if (!added.shape.AsSpan()[1..].SequenceEqual(hidden.shape.AsSpan()[1..]))
            throw new ArgumentException($"An adapter's features are [{string.Join(", ", added.shape)}] where the U-Net's are [{string.Join(", ", hidden.shape)}].", nameof(context));
        return skips[^1] = hidden + added.to(hidden.dtype);
    }
}

/// <summary>NCSN++'s down block (Song et al. 2021): the input image, filtered to the new resolution, is mixed into the features.</summary>
/// <remarks>Keys: <c>resnets.N, attentions.N, resnet_down, skip_conv</c>.</remarks>
internal sealed class SkipDownBlock : DownBlock
{
    private readonly ModuleList<ResnetBlock2D> resnets;
    private readonly ModuleList<nn.Module>? attentions;
    private readonly ResnetBlock2D? resnet_down;
    private readonly Conv2d? skip_conv;

    /// <summary>A block with fresh weights.</summary>
    /// <param name="resnets">One or more.</param>
    /// <param name="attentions">As many, of those that <see cref="BlockLayers"/> knows, or null.</param>
    /// <param name="downsampler">Halves the resolution; null at the lowest, where the image is not looked at either.</param>
    /// <param name="imageChannels">Channels of the image.</param>
    /// <param name="channels">Channels of the result.</param>
    public SkipDownBlock(IEnumerable<ResnetBlock2D> resnets, IEnumerable<nn.Module>? attentions, ResnetBlock2D? downsampler, int imageChannels, int channels)
        : base(nameof(SkipDownBlock))
    {
        this.resnets = [.. resnets];
        if (attentions is not null) this.attentions = [.. attentions];
        resnet_down = downsampler;
        if (downsampler is not null) skip_conv = Layers.Conv2d(imageChannels, channels, 1);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override DownBlockResult forward(Tensor hidden, UNetContext context, Tensor? image)
    {
        List<Tensor> skips = [];
        hidden = Features(resnets, attentions, hidden, context, skips);
        if (resnet_down is not null && skip_conv is not null)
        {
            ArgumentNullException.ThrowIfNull(image);
            image = FirResampling.Down(image);
            skips.Add(hidden = skip_conv.call(image) + resnet_down.call(hidden, context.Time));
        }
        return new(hidden, skips, image);
    }
}
