using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>CFG++ (Chung et al. 2024, algorithm 2): guided data, but noise that is added back as the unconditional estimate says.</summary>
/// <remarks>
/// Keeps the run on the data's manifold, so a scale of 0..1 does what large scales do in classifier-free guidance, and inversion works.
/// For solvers that use <see cref="Estimate.Epsilon"/> (Euler, which is DDIM, and its kin); those that use the data alone see an interpolation.
/// </remarks>
/// <param name="Pair">Where the estimates come from.</param>
/// <param name="Scale">lambda, 0..1.</param>
public sealed record CfgPlusPlus(IGuidancePair Pair, double Scale) : PairGuidance(Pair, Scale)
{
    /// <inheritdoc/>
    protected override bool IsPositiveAlone => false;

    /// <inheritdoc/>
    protected override Estimate Combine(Estimate positive, Estimate negative, Tensor state, NoiseLevel level) =>
        Extrapolate(positive, negative, state, level) with { Noise = negative.Epsilon(state, level) };
}
