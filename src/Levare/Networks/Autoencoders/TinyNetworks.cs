using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Autoencoders;

/// <summary>The encoder of <see cref="AutoencoderTiny"/>: blocks, and convolutions of stride 2 between them.</summary>
/// <remarks>Keys: <c>layers.N</c>. [batch, channels, height, width] in 0..1 -> [batch, latent channels, height / factor, width / factor].</remarks>
internal sealed class TinyEncoder : nn.Module<Tensor, Tensor>
{
    private readonly Sequential layers;

    /// <summary>An encoder with fresh weights.</summary>
    public TinyEncoder(AutoencoderTinyConfig config) : base(nameof(TinyEncoder))
    {
        layers = NumberedLayers.Of(Chain(config));
        RegisterComponents();
    }

    /// <summary>The numbered layers.</summary>
    public Sequential Layers => layers;

    /// <inheritdoc/>
    public override Tensor forward(Tensor pixels) => layers.call(pixels);

    private static IEnumerable<nn.Module<Tensor, Tensor>> Chain(AutoencoderTinyConfig config)
    {
        int last = config.NumEncoderBlocks.Length - 1;
        for (int i = 0; i <= last; i++)
        {
            int channels = config.EncoderBlockOutChannels[i];
            yield return i == 0
                ? Blocks.Layers.Conv2d(config.InChannels, channels, 3, padding: 1)
                : Blocks.Layers.Conv2d(channels, channels, 3, stride: 2, padding: 1, bias: false);
            for (int block = 0; block < config.NumEncoderBlocks[i]; block++)
                yield return new TinyBlock(channels, config.Activation, i == last ? config.PoolGroups : null);
        }
        yield return Blocks.Layers.Conv2d(config.EncoderBlockOutChannels[^1], config.LatentChannels, 3, padding: 1);
    }
}

/// <summary>The decoder of <see cref="AutoencoderTiny"/>: blocks, and repeated pixels with a convolution between them.</summary>
/// <remarks>Keys: <c>layers.N</c>. [batch, latent channels, height, width] -> [batch, channels, height x factor, width x factor], around 0..1.</remarks>
internal sealed class TinyDecoder : nn.Module<Tensor, Tensor>
{
    // Latents beyond it are bent back smoothly.
    private const double LatentBound = 3;

    private readonly Sequential layers;

    /// <summary>A decoder with fresh weights.</summary>
    public TinyDecoder(AutoencoderTinyConfig config) : base(nameof(TinyDecoder))
    {
        layers = NumberedLayers.Of(Chain(config));
        RegisterComponents();
    }

    /// <summary>The numbered layers.</summary>
    public Sequential Layers => layers;

    /// <inheritdoc/>
    public override Tensor forward(Tensor latents)
    {
        using Tensor bound = (latents / LatentBound).tanh() * LatentBound;
        return layers.call(bound);
    }

    private static IEnumerable<nn.Module<Tensor, Tensor>> Chain(AutoencoderTinyConfig config)
    {
        yield return Blocks.Layers.Conv2d(config.LatentChannels, config.DecoderBlockOutChannels[0], 3, padding: 1);
        yield return new ActivationLayer(config.Activation);
        int last = config.NumDecoderBlocks.Length - 1;
        for (int i = 0; i <= last; i++)
        {
            int channels = config.DecoderBlockOutChannels[i];
            for (int block = 0; block < config.NumDecoderBlocks[i]; block++)
                yield return new TinyBlock(channels, config.Activation, i == 0 ? config.PoolGroups : null);
            if (i < last) yield return new UpsamplingLayer(config.UpsamplingScalingFactor, config.Upsampling);
            yield return Blocks.Layers.Conv2d(channels, i < last ? channels : config.OutChannels, 3, padding: 1, bias: i == last);
        }
    }
}

/// <summary>Chains of layers whose keys are their numbers.</summary>
file static class NumberedLayers
{
    public static Sequential Of(IEnumerable<nn.Module<Tensor, Tensor>> layers) =>
        nn.Sequential(layers.Select((layer, i) => ($"{i}", layer)).ToArray());
}
