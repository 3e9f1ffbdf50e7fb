using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Autoencoders;

/// <summary>The encoder of <see cref="AutoencoderKl"/>: a U-Net's way down without skips and time.</summary>
/// <remarks>
/// Keys: <c>conv_in, down_blocks.N, mid_block, conv_norm_out, conv_out</c>.
/// [batch, channels, height, width] -> [batch, output, height / factor, width / factor].
/// </remarks>
internal sealed class ConvolutionalEncoder : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv_in;
    private readonly ModuleList<EncoderBlock> down_blocks;
    private readonly MiddleBlock mid_block;
    private readonly GroupNorm conv_norm_out;
    private readonly Conv2d conv_out;

    /// <summary>An encoder with fresh weights.</summary>
    /// <param name="config">A sound configuration.</param>
    /// <param name="output">Channels of the result: twice the latent's where variances are learned.</param>
    public ConvolutionalEncoder(AutoencoderKlConfig config, int output) : base(nameof(ConvolutionalEncoder))
    {
        AutoencoderBlocks blocks = new(config);
        int last = config.BlockOutChannels[^1];
        conv_in = Layers.Conv2d(config.InChannels, config.BlockOutChannels[0], 3, padding: 1);
        down_blocks = [.. blocks.Encoder()];
        mid_block = blocks.Mid();
        conv_norm_out = blocks.Norm(last);
        conv_out = Layers.Conv2d(last, output, 3, padding: 1);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        Tensor hidden = RowBands.Convolved(pixels, conv_in);
        foreach (EncoderBlock block in down_blocks) hidden = Replace(hidden, block.call(hidden));
        hidden = Replace(hidden, mid_block.call(hidden));
        return RowBands.Convolved(hidden, conv_norm_out, Activation.Silu, conv_out).MoveToOuterDisposeScope();
    }

    // Feature maps are large: each goes as soon as the next is there.
    private static Tensor Replace(Tensor old, Tensor next)
    {
        old.Dispose();
        return next;
    }
}
