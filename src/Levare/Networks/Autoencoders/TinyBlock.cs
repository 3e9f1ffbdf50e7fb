using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Autoencoders;

/// <summary>The residual block of tiny autoencoders: three convolutions, no norm; with pooling, what a pixel's channels say of the whole picture comes first.</summary>
/// <remarks>Keys: <c>conv.0, conv.2, conv.4, pool.0, pool.1, pool.3</c>. [batch, channels, height, width] keeps its shape.</remarks>
internal sealed class TinyBlock : nn.Module<Tensor, Tensor>
{
    /// <summary>Channels of the pooling, in multiples of the block's.</summary>
    public const int PoolWidth = 4;

    // One row for each of the convolutions.
    private const int Reach = 3;

    private readonly Sequential conv;
    private readonly Sequential? pool;

    /// <summary>A block with fresh weights.</summary>
    /// <param name="channels">Channels of input and result.</param>
    /// <param name="activation">Between the convolutions; behind the sum it is always max(x, 0).</param>
    /// <param name="poolGroups">Groups of the pooling's norm; null without pooling.</param>
    public TinyBlock(int channels, Activation activation, int? poolGroups) : base(nameof(TinyBlock))
    {
        conv = nn.Sequential(
            ("0", Layers.Conv2d(channels, channels, 3, padding: 1)), ("1", new ActivationLayer(activation)),
            ("2", Layers.Conv2d(channels, channels, 3, padding: 1)), ("3", new ActivationLayer(activation)),
            ("4", Layers.Conv2d(channels, channels, 3, padding: 1)));
        if (poolGroups is { } groups)
            pool = nn.Sequential(
                ("0", Layers.Conv2d(channels, PoolWidth * channels, 1, bias: false)),
                ("1", Normalisation.Group(groups, PoolWidth * channels, 1e-5)), ("2", new ActivationLayer(Activation.Relu)),
                ("3", Layers.Conv2d(PoolWidth * channels, channels, 1, bias: false)));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor input = pool is null ? x : x + pool.call(x);
        return (RowBands.Suits(input) ? RowBands.Local(input, Reach, Residual) : Residual(input)).MoveToOuterDisposeScope();
    }

    private Tensor Residual(Tensor x) => (conv.call(x) + x).relu_();
}

/// <summary>A non-linearity as a layer, for chains whose layers are numbered.</summary>
internal sealed class ActivationLayer(Activation activation) : nn.Module<Tensor, Tensor>(nameof(ActivationLayer))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor x) => activation.Apply(x);
}

/// <summary>A change to a larger picture as a layer, for chains whose layers are numbered.</summary>
internal sealed class UpsamplingLayer(int factor, TinyUpsampling upsampling) : nn.Module<Tensor, Tensor>(nameof(UpsamplingLayer))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor x) => upsampling switch
    {
        TinyUpsampling.Nearest => nn.functional.interpolate(x, scale_factor: [factor, factor], mode: InterpolationMode.Nearest),
        TinyUpsampling.Bilinear => nn.functional.interpolate(x, scale_factor: [factor, factor], mode: InterpolationMode.Bilinear, align_corners: false),
        _ => nn.functional.interpolate(x, scale_factor: [factor, factor], mode: InterpolationMode.Bicubic, align_corners: false),
    };
}
