using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>With the condition, and with another in its place: nothing, or what is not wanted (a negative prompt).</summary>
/// <param name="Denoiser">Evaluated with both conditions.</param>
/// <param name="Negative">The other condition: names as in the condition, one row for all or one for each.</param>
public abstract record ConditionPair(IDenoiser Denoiser, Condition Negative) : IGuidancePair
{
    /// <inheritdoc/>
    public Estimate Positive(Tensor state, NoiseLevel level, Condition condition) => Denoiser.Denoise(state, level, condition);

    /// <inheritdoc/>
    public abstract (Estimate Positive, Estimate Negative) Both(Tensor state, NoiseLevel level, Condition condition);

    /// <inheritdoc/>
    public IGuidancePair ForRun(DenoisingRun run) => this with { Denoiser = Denoiser.ForRun(run) };

    /// <summary>The negative condition with a row for each of the batch.</summary>
    /// <exception cref="ArgumentException">It has another number of rows than 1 or the batch.</exception>
    protected Condition NegativeOf(long batch) => Negative.Map((name, tensor) =>
    {
        if (tensor.shape[0] == batch) return tensor;
        if (tensor.shape[0] == 1) return tensor.expand([batch, .. tensor.shape[1..]]);
        throw new ArgumentException($"The negative condition '{name}' has {tensor.shape[0]} rows; 1 or {batch} are needed.", nameof(batch));
    });
}

/// <summary>Both conditions in one batch, in the order [negative, positive], as Python's pipelines do: fast where a device has room.</summary>
public sealed record BatchedConditionPair(IDenoiser Denoiser, Condition Negative) : ConditionPair(Denoiser, Negative)
{
    /// <inheritdoc/>
    public override (Estimate Positive, Estimate Negative) Both(Tensor state, NoiseLevel level, Condition condition)
    {
        long batch = state.shape[0];
        Condition both = Condition.Concatenate(NegativeOf(batch), condition);
        Estimate estimate = Denoiser.Denoise(cat([state, state], 0), level, both);
        return (Rows(estimate, batch, batch), Rows(estimate, 0, batch));
    }

    private static Estimate Rows(Estimate estimate, long first, long count) => new(estimate.Denoised.narrow(0, first, count))
    {
        Noise = estimate.Noise?.narrow(0, first, count),
        Variance = estimate.Variance?.narrow(0, first, count),
    };
}

/// <summary>One condition after the other: half the memory of <see cref="BatchedConditionPair"/>.</summary>
public sealed record SequentialConditionPair(IDenoiser Denoiser, Condition Negative) : ConditionPair(Denoiser, Negative)
{
    /// <inheritdoc/>
    public override (Estimate Positive, Estimate Negative) Both(Tensor state, NoiseLevel level, Condition condition)
    {
        Estimate negative = Denoiser.Denoise(state, level, NegativeOf(state.shape[0]));
        return (Denoiser.Denoise(state, level, condition), negative);
    }
}
