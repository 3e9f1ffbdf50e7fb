using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>Autoguidance (Karras et al. 2024, eq. 5): away from a weaker version of the same model rather than from no condition.</summary>
/// <remarks>Raises quality without losing variety, and works for unconditional models.</remarks>
public sealed record Autoguidance : PairGuidance
{
    /// <summary>Guidance of a model by a weaker one.</summary>
    /// <param name="main">The model.</param>
    /// <param name="weak">A smaller or less trained one, of the same task and condition.</param>
    /// <param name="scale">w: 1 is no guidance.</param>
    public Autoguidance(IDenoiser main, IDenoiser weak, double scale) : base(new DenoiserPair(main, weak), scale)
    {
    }

    /// <inheritdoc/>
    protected override Estimate Combine(Estimate positive, Estimate negative, Tensor state, NoiseLevel level) =>
        Extrapolate(positive, negative, state, level);
}
