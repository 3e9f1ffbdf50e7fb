using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.Blocks;

/// <summary>Resampling by 2 with the smoothing filter 1-3-3-1, as StyleGAN2 and NCSN++ do it (Karras et al. 2020; Song et al. 2021).</summary>
/// <remarks>
/// "Insert zeros (or drop samples) and filter" is a strided convolution, transposed on the way up, of every channel by itself.
/// The filter is symmetric, so that it needs no flipping.
/// </remarks>
internal static class FirResampling
{
    private static readonly float[] Taps = [1, 3, 3, 1];

    /// <summary>[batch, channels, height, width] at half the size; a constant keeps its value away from the border.</summary>
    public static Tensor Down(Tensor x) => EachChannel(x, gain: 1, (flat, kernel) => nn.functional.conv2d(flat, kernel, strides: [2, 2], padding: [1, 1]));

    /// <summary>[batch, channels, height, width] at twice the size; a constant keeps its value away from the border.</summary>
    public static Tensor Up(Tensor x) => EachChannel(x, gain: 4, (flat, kernel) => nn.functional.conv_transpose2d(flat, kernel, strides: [2, 2], padding: [1, 1]));

    private static Tensor EachChannel(Tensor x, double gain, Func<Tensor, Tensor, Tensor> convolve)
    {
        using var scope = NewDisposeScope();
        Tensor taps = tensor(Taps, device: x.device);
        Tensor kernel = (outer(taps, taps) * (gain / 64)).view(1, 1, Taps.Length, Taps.Length).to(x.dtype);
        Tensor flat = convolve(x.reshape(-1, 1, x.shape[2], x.shape[3]), kernel);
        return flat.view(x.shape[0], x.shape[1], flat.shape[2], flat.shape[3]).MoveToOuterDisposeScope();
    }
}
