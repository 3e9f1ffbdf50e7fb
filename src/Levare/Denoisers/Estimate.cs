using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Denoisers;

/// <summary>What a denoiser says of a noisy state.</summary>
/// <param name="Denoised">The estimate of x0, in the state's shape.</param>
public readonly record struct Estimate(Tensor Denoised)
{
    /// <summary>The predicted noise where it is not the one that the estimate implies (after clipping, say); null otherwise.</summary>
    public Tensor? Noise { get; init; }

    /// <summary>A learned variance, as the network gave it; null where none is learned.</summary>
    public Tensor? Variance { get; init; }

    /// <summary>The predicted noise: <see cref="Noise"/>, or (x - alpha x0) / sigma.</summary>
    public Tensor Epsilon(Tensor state, NoiseLevel level) => Noise ?? (state - Denoised * level.Alpha) / level.Sigma;
}
