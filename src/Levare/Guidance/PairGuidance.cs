using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>Guidance that combines the two estimates of a pair into one, and is a denoiser itself.</summary>
/// <param name="Pair">Where the estimates come from.</param>
/// <param name="Scale">How far to go: at 1 the positive estimate, at 0 the negative one, above 1 beyond the positive.</param>
public abstract record PairGuidance(IGuidancePair Pair, double Scale) : IDenoiser
{
    /// <summary>Whether the positive estimate alone is the result, so that the negative one need not be evaluated.</summary>
    protected virtual bool IsPositiveAlone => Scale == 1;

    /// <inheritdoc/>
    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
    {
        if (IsPositiveAlone) return Pair.Positive(state, level, condition);
        (Estimate positive, Estimate negative) = Pair.Both(state, level, condition);
        return Combine(positive, negative, state, level);
    }

    /// <inheritdoc/>
    public virtual IDenoiser ForRun(DenoisingRun run) => this with { Pair = Pair.ForRun(run) };

    /// <summary>The guided estimate. A learned variance is the positive estimate's.</summary>
    protected abstract Estimate Combine(Estimate positive, Estimate negative, Tensor state, NoiseLevel level);

    /// <summary>negative + scale (positive - negative), in the data and, where it is given apart, in the noise.</summary>
    /// <remarks>Every parameterisation is affine in the data at one state, so this is the same combination of the networks' outputs.</remarks>
    protected Estimate Extrapolate(Estimate positive, Estimate negative, Tensor state, NoiseLevel level) => positive with
    {
        Denoised = Extrapolate(positive.Denoised, negative.Denoised),
        Noise = positive.Noise is null && negative.Noise is null
            ? null : Extrapolate(positive.Epsilon(state, level), negative.Epsilon(state, level)),
    };

    private Tensor Extrapolate(Tensor positive, Tensor negative) => negative + (positive - negative) * Scale;
}
