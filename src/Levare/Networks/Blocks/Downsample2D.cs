using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Blocks;

/// <summary>Halves height and width with a learned 3x3 convolution of stride 2.</summary>
/// <remarks>Keys: <c>conv</c>. [batch, channels, height, width] -> [batch, output, height/2, width/2].</remarks>
internal sealed class Downsample2D : nn.Module<Tensor, Tensor>
{
    private readonly int _padding;
    private readonly Conv2d conv;

    /// <summary>A layer with fresh weights.</summary>
    /// <param name="channels">Channels of the input.</param>
    /// <param name="output">Channels of the result.</param>
    /// <param name="padding">Zeros on every side, or 0 for one row and column at the right and bottom only.</param>
    public Downsample2D(int channels, int output, int padding = 1) : base(nameof(Downsample2D))
    {
        _padding = padding;
        conv = Layers.Conv2d(channels, output, 3, stride: 2, padding: padding);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        if (RowBands.Suits(x, conv)) return RowBands.Convolve(RowBands.Plain(x), conv, stride: 2, before: _padding);
        if (_padding != 0) return conv.call(x);
        using Tensor padded = nn.functional.pad(x, [0, 1, 0, 1]);
        return conv.call(padded);
    }
}
