using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Networks.Attention;
using Levare.Parameterisations;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>Self-attention guidance (Hong et al. 2023, eq. 17 and 25): away from what the model says of the same state with what it attends to blurred away.</summary>
/// <remarks>
/// The reference r is the negative estimate where there is one, else the only one. Its clean data are blurred where its attention gathers, noised again
/// with its own noise, and shown to the model, told the same; k times the difference of the two outputs is added to what guidance by words says.
/// </remarks>
/// <param name="Pair">Gives the estimates, and leaves the weights of the layer in the middle in <paramref name="Probe"/>: the rows of r first.</param>
/// <param name="Plain">The model without a probe.</param>
/// <param name="Probe">Is this run's.</param>
/// <param name="Negative">What r is told; null where it is told what the positive estimate is.</param>
/// <param name="Output">The outputs' parameterisation.</param>
internal sealed record DegradedPairGuidance(IGuidancePair Pair, IDenoiser Plain, AttentionProbe Probe, Condition? Negative, Parameterisation Output) : IDenoiser
{
    // A pixel is attended to where the weights that all pixels give to it sum to more than its even share.
    private const double EvenShare = 1;

    /// <summary>s of guidance by words at a level; where it is 1, there is no negative estimate.</summary>
    public required Func<NoiseLevel, double> Scale { get; init; }

    /// <summary>k.</summary>
    public required double DegradedScale { get; init; }

    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
    {
        (Estimate guided, Estimate reference, Tensor mask) = Attended(state, level, condition);
        // Where there is no noise in the state, nothing is left to guide.
        if (level.Sigma == 0) return guided;
        Tensor clean = reference.Denoised, degraded = Blurring.Gaussian(clean) * mask + clean * (1 - mask);
        Tensor noised = degraded * level.Alpha + reference.Epsilon(state, level) * level.Sigma;
        bool isTold = Negative is not null && Scale(level) != 1;
        Tensor again = Output.ToOutput(Plain.Denoise(noised, level, isTold ? Negative! : condition).Denoised, noised, level);
        Tensor output = Output.ToOutput(guided.Denoised, state, level) + (Output.ToOutput(clean, state, level) - again) * DegradedScale;
        return guided with { Denoised = Output.ToDenoised(output, state, level), Noise = null };
    }

    public IDenoiser ForRun(DenoisingRun run) => this with { Pair = Pair.ForRun(run), Plain = Plain.ForRun(run) };

    private (Estimate Guided, Estimate Reference, Tensor Mask) Attended(Tensor state, NoiseLevel level, Condition condition)
    {
        try
        {
            if (Scale(level) == 1)
            {
                Estimate alone = Pair.Positive(state, level, condition);
                return (alone, alone, Mask(state));
            }
            (Estimate positive, Estimate negative) = Pair.Both(state, level, condition);
            return (new ClassifierFreeGuidance(new KnownPair(positive, negative), Scale(level)).Denoise(state, level, condition), negative, Mask(state));
        }
        finally
        {
            Probe.Dispose();
        }
    }

    // 1 where attention gathers, at the state's size.
    private Tensor Mask(Tensor state)
    {
        Tensor weights = Probe.Weights ?? throw new InvalidOperationException($"The network has no layer {Probe.Layer}, by whose attention it would be guided.");
        (long height, long width) = SizeOf(weights.shape[^1], state.shape[2], state.shape[3]);
        Tensor gathered = weights.narrow(0, 0, state.shape[0]).to(state.dtype).mean([1]).sum([1]).gt(EvenShare).to(state.dtype);
        return nn.functional.interpolate(gathered.view(-1, 1, height, width), [state.shape[2], state.shape[3]], mode: InterpolationMode.Nearest);
    }

    // Each change of resolution halves the sides, a half pixel counting as one.
    private static (long Height, long Width) SizeOf(long pixels, long height, long width)
    {
        while (height * width > pixels && height * width > 1) (height, width) = ((height + 1) / 2, (width + 1) / 2);
        return height * width == pixels ? (height, width)
            : throw new InvalidOperationException($"The layer in the middle has {pixels} pixels, which are no number of halvings of the state's.");
    }
}
