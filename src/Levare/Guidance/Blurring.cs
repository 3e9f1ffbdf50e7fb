using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>Blurs states.</summary>
internal static class Blurring
{
    private const int Radius = 4;

    /// <summary>A Gaussian of deviation 1, cut off after 4 pixels; beyond the edges the state is mirrored.</summary>
    /// <param name="state">[batch, channels, height, width], both sides 5 or more.</param>
    /// <exception cref="ArgumentException">A side is shorter.</exception>
    public static Tensor Gaussian(Tensor state)
    {
        if (state.shape[2] <= Radius || state.shape[3] <= Radius)
            throw new ArgumentException($"A state of {state.shape[2]}x{state.shape[3]} is too small to be blurred: sides of {Radius + 1} or more are needed.", nameof(state));
        using var scope = NewDisposeScope();
        long channels = state.shape[1];
        Tensor weights = arange(-Radius, Radius + 1, dtype: ScalarType.Float32, device: state.device).square().mul(-0.5).exp();
        Tensor kernel = outer(weights, weights);
        kernel = (kernel / kernel.sum()).to(state.dtype).expand(channels, 1, 2 * Radius + 1, 2 * Radius + 1);
        Tensor padded = nn.functional.pad(state, [Radius, Radius, Radius, Radius], mode: PaddingModes.Reflect);
        return nn.functional.conv2d(padded, kernel, groups: channels).MoveToOuterDisposeScope();
    }
}
