using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>The variance of an ancestral step.</summary>
public enum AncestralVariance
{
    /// <summary>The posterior's, the lower bound (Ho et al. 2020, eq. 7).</summary>
    Posterior,

    /// <summary>beta: that of the noising step, the upper bound (Ho et al. 2020, section 3.2).</summary>
    Forward,

    /// <summary>What the network gives.</summary>
    Learned,

    /// <summary>Between the two bounds in the logarithm, by what the network gives in -1..1 (Nichol and Dhariwal 2021, eq. 15).</summary>
    LearnedRange,
}

/// <summary>What the last step does.</summary>
public enum FinalNoise
{
    /// <summary>It gives the mean (Ho et al. 2020, algorithm 2).</summary>
    None,

    /// <summary>It adds noise as the others do.</summary>
    Added,
}

/// <summary>DDPM's ancestral sampling (Ho et al. 2020, algorithm 2), for any two levels (Kingma et al. 2021, eq. 31-33).</summary>
/// <param name="Variance">Of each step's noise.</param>
/// <param name="Final">Whether the last step, too, adds noise.</param>
/// <remarks>One evaluation and one draw a step. The learned variances need a denoiser that gives <see cref="Estimate.Variance"/>.</remarks>
public sealed record Ddpm(AncestralVariance Variance = AncestralVariance.Posterior, FinalNoise Final = FinalNoise.None) : ISolver
{
    private const double Smallest = 1e-20;

    /// <inheritdoc/>
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        (NoiseLevel now, NoiseLevel next) = (step.Now, step.Next);
        Estimate estimate = step.Denoise(step.State, now);
        double kept = now.Alpha / next.Alpha, total = now.Sigma * now.Sigma;
        double forward = total - kept * kept * next.Sigma * next.Sigma;
        Tensor mean = estimate.Denoised * (next.Alpha * forward / total) + step.State * (kept * next.Sigma * next.Sigma / total);
        if (step.IsLast && Final == FinalNoise.None) return new(mean, estimate.Denoised);
        double posterior = forward * next.Sigma * next.Sigma / total;
        Tensor draw = step.Noise.Draw(step.State.shape);
        return new(mean + Scaled(draw, estimate.Variance, posterior, forward), estimate.Denoised);
    }

    /// <summary>A draw with the variance that lies between the two bounds, or is one of them.</summary>
    internal Tensor Scaled(Tensor draw, Tensor? learned, double posterior, double forward)
    {
        double least = Math.Max(Smallest, posterior);
        return Variance switch
        {
            AncestralVariance.Posterior => draw * Math.Sqrt(least),
            AncestralVariance.Forward => draw * Math.Sqrt(forward),
            AncestralVariance.Learned => draw * Needed(learned).sqrt(),
            _ => draw * ((Needed(learned) + 1) * (Math.Log(forward / least) / 4)).exp() * Math.Sqrt(least),
        };
    }

    private Tensor Needed(Tensor? learned) =>
        learned ?? throw new InvalidOperationException($"The variance {Variance} needs a network that predicts one: twice the state's channels.");
}
