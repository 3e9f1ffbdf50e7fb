using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>Adaptive projected guidance, APG (Sadat et al. 2024, algorithm 1): guidance without the part that over-saturates.</summary>
/// <remarks>
/// The difference of the two estimates is averaged with those before it, cut to a length, and split into what is parallel to the
/// conditional estimate (which saturates) and what is orthogonal to it. With Eta = 1, no momentum and no cut this is
/// classifier-free guidance. Lengths and projections are taken over each row. Outside a sampler's run there is no momentum.
/// </remarks>
/// <param name="Pair">Where the estimates come from.</param>
/// <param name="Scale">1 is no guidance.</param>
public sealed record AdaptiveProjectedGuidance(IGuidancePair Pair, double Scale) : PairGuidance(Pair, Scale)
{
    private DenoisingRun? Run { get; init; }

    /// <summary>The share of the parallel part that is kept, 0..1.</summary>
    public double Eta { get; init; }

    /// <summary>r: the difference is cut to this length; infinity cuts nothing.</summary>
    public double Threshold { get; init; } = double.PositiveInfinity;

    /// <summary>beta: what is added of the last difference, negative in the paper (-0.5); 0 remembers nothing.</summary>
    public double Momentum { get; init; }

    /// <inheritdoc/>
    public override IDenoiser ForRun(DenoisingRun run) => this with { Pair = Pair.ForRun(run), Run = run };

    /// <inheritdoc/>
    protected override Estimate Combine(Estimate positive, Estimate negative, Tensor state, NoiseLevel level)
    {
        Tensor update = Cut(Average(positive.Denoised - negative.Denoised));
        Tensor parallel = Project(update, positive.Denoised);
        update = update + parallel * (Eta - 1);
        // Without noise in the state the estimates agree, and only what is predicted leads towards noise.
        return positive with { Denoised = positive.Denoised + update * (Scale - 1), Noise = level.Sigma == 0 ? positive.Noise : null };
    }

    private Tensor Average(Tensor difference)
    {
        if (Momentum == 0 || Run is null) return difference;
        Tensor average = Run.Recall(this) is { } last ? difference + last * Momentum : difference;
        Run.Remember(this, average);
        return average;
    }

    private Tensor Cut(Tensor update) =>
        double.IsPositiveInfinity(Threshold) ? update : update * (Threshold / Length(update).clamp_min(Threshold));

    private static Tensor Project(Tensor update, Tensor direction)
    {
        Tensor unit = direction / Length(direction).clamp_min(1e-12);
        return (update * unit).sum(Rest(update), keepdim: true) * unit;
    }

    private static Tensor Length(Tensor x) => x.square().sum(Rest(x), keepdim: true).sqrt();

    private static long[] Rest(Tensor x) => [.. Enumerable.Range(1, (int)x.ndim - 1).Select(dimension => (long)dimension)];
}
