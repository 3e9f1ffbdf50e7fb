using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Blocks;

/// <summary>Doubles height and width by repeating pixels, then a learned 3x3 convolution.</summary>
/// <remarks>Keys: <c>conv</c>. [batch, channels, height, width] -> [batch, output, 2 height, 2 width].</remarks>
internal sealed class Upsample2D : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv;

    /// <summary>A layer with fresh weights.</summary>
    public Upsample2D(int channels, int output) : base(nameof(Upsample2D))
    {
        conv = Layers.Conv2d(channels, output, 3, padding: 1);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        if (RowBands.Suits(x, conv, growth: 4)) return RowBands.Convolve(RowBands.Doubled(x), conv);
        using Tensor larger = Repeat(x);
        return conv.call(larger);
    }

    /// <summary>The same to another size than the double: every pixel of the result is the one of the input that lies at its place.</summary>
    /// <param name="height">Of the result.</param>
    /// <param name="width">Of the result.</param>
    /// <param name="x">[batch, channels, any height, any width].</param>
    public Tensor To(long height, long width, Tensor x)
    {
        using Tensor larger = nn.functional.interpolate(x, [height, width], mode: InterpolationMode.Nearest);
        return conv.call(larger);
    }

    /// <summary>Every pixel four times: the resampling without the convolution.</summary>
    public static Tensor Repeat(Tensor x) =>
        nn.functional.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest);
}
