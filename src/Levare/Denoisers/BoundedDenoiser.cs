using Levare.Conditioning;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Denoisers;

/// <summary>Which noise goes with a bounded estimate.</summary>
public enum BoundedNoise
{
    /// <summary>The one that the bounded estimate implies: state and estimate stay consistent.</summary>
    Implied,

    /// <summary>The one that was predicted, before the bound.</summary>
    Predicted,
}

/// <summary>A denoiser, guidance say, whose estimate is brought back to the data's range.</summary>
/// <param name="Denoiser">Whose estimate.</param>
/// <param name="Bound">How.</param>
/// <param name="Noise">Which noise goes with it.</param>
public sealed record BoundedDenoiser(IDenoiser Denoiser, EstimateBound Bound, BoundedNoise Noise = BoundedNoise.Implied) : IDenoiser
{
    /// <inheritdoc/>
    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
    {
        Estimate estimate = Denoiser.Denoise(state, level, condition);
        return estimate with
        {
            Denoised = Bound.Apply(estimate.Denoised),
            Noise = Noise == BoundedNoise.Predicted ? estimate.Epsilon(state, level) : null,
        };
    }

    /// <inheritdoc/>
    public IDenoiser ForRun(DenoisingRun run) => this with { Denoiser = Denoiser.ForRun(run) };
}
