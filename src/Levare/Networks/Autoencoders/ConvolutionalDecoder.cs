using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Autoencoders;

/// <summary>The decoder of <see cref="AutoencoderKl"/>: a U-Net's way up without skips and time.</summary>
/// <remarks>
/// Keys: <c>conv_in, mid_block, up_blocks.N, conv_norm_out, conv_out</c>.
/// [batch, latent channels, height, width] -> [batch, channels, height x factor, width x factor].
/// </remarks>
internal sealed class ConvolutionalDecoder : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv_in;
    private readonly MiddleBlock mid_block;
    private readonly ModuleList<DecoderBlock> up_blocks;
    private readonly GroupNorm conv_norm_out;
    private readonly Conv2d conv_out;

    /// <summary>A decoder with fresh weights.</summary>
    /// <param name="config">A sound configuration.</param>
    public ConvolutionalDecoder(AutoencoderKlConfig config) : base(nameof(ConvolutionalDecoder))
    {
        AutoencoderBlocks blocks = new(config);
        int first = config.BlockOutChannels[0];
        conv_in = Layers.Conv2d(config.LatentChannels, config.BlockOutChannels[^1], 3, padding: 1);
        mid_block = blocks.Mid();
        up_blocks = [.. blocks.Decoder()];
        conv_norm_out = blocks.Norm(first);
        conv_out = Layers.Conv2d(first, config.OutChannels, 3, padding: 1);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor latents)
    {
        using var scope = NewDisposeScope();
        Tensor hidden = RowBands.Convolved(latents, conv_in);
        hidden = Replace(hidden, mid_block.call(hidden));
        foreach (DecoderBlock block in up_blocks) hidden = Replace(hidden, block.call(hidden));
        return RowBands.Convolved(hidden, conv_norm_out, Activation.Silu, conv_out).MoveToOuterDisposeScope();
    }

    // Feature maps are large: each goes as soon as the next is there.
    private static Tensor Replace(Tensor old, Tensor next)
    {
        old.Dispose();
        return next;
    }
}
