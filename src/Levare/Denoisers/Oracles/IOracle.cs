using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Denoisers.Oracles;

/// <summary>A distribution so simple that its denoiser E[x0 | x] is known exactly: the yardstick of solvers and guidance.</summary>
/// <remarks>
/// Oracles compute in float64 and answer in the state's type, on the state's device. A state is [batch, ...] with as many elements a
/// row as the distribution has dimensions. They own tensors and are immutable and thread-safe until disposed.
/// </remarks>
public interface IOracle : IDenoiser, IDisposable
{
    /// <summary>The number of elements of one draw.</summary>
    long Dimensions { get; }

    /// <summary>The distribution's mean, float64 [dimensions], which is the caller's.</summary>
    Tensor Mean();

    /// <summary>The distribution's covariance, float64 [dimensions, dimensions], which is the caller's.</summary>
    Tensor Covariance();

    /// <summary>Exact draws of the clean data, float64 [count, dimensions].</summary>
    /// <param name="count">How many, 1 or more.</param>
    /// <param name="seed">The same seed gives the same draws.</param>
    Tensor Sample(long count, long seed);
}

/// <summary>The exact solution of the probability-flow ODE (Song et al. 2021, eq. 13), where a closed form exists.</summary>
public interface IProbabilityFlow
{
    /// <summary>Where the ODE carries states from one level to another, in either direction.</summary>
    /// <param name="state">[batch, ...] at <paramref name="from"/>.</param>
    /// <param name="from">The level of the state.</param>
    /// <param name="to">The level to reach; sigma = 0 is allowed.</param>
    /// <returns>A tensor of the state's shape and type.</returns>
    Tensor Flow(Tensor state, NoiseLevel from, NoiseLevel to);
}
