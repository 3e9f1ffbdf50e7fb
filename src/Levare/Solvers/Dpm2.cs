using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>The midpoint method in log-SNR (k-diffusion's DPM2, after Karras et al. 2022, algorithm 2), ancestral when eta is above 0.</summary>
/// <param name="Path">Where the middle level lies.</param>
/// <param name="Eta">0: the ODE. 1: DPM2 ancestral, which goes below the target and adds new noise up to it, one draw a step.</param>
/// <remarks>Second order for the ODE; two evaluations a step, one (and no draw) where the target has no noise or the start no data.</remarks>
public sealed record Dpm2(INoisePath Path, double Eta = 0) : ISolver
{
    /// <inheritdoc/>
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        (NoiseLevel now, NoiseLevel next) = (step.Now, step.Next);
        Estimate first = step.Denoise(step.State, now);
        // Half way in log-SNR has no place where one end has no noise, or the other no data.
        if (next.Sigma == 0 || now.Alpha == 0) return new(Moved(step.State, first, now, next, step.State, now), first.Denoised);
        AncestralSplit split = AncestralSplit.Of(now, next, Eta);
        NoiseLevel down = next with { Sigma = next.Alpha * split.Down };
        NoiseLevel middle = Path.AtLambda((now.Lambda + down.Lambda) / 2);
        Tensor between = Moved(step.State, first, now, middle, step.State, now);
        Estimate second = step.Denoise(between, middle);
        Tensor result = Moved(step.State, second, now, down, between, middle);
        if (Eta > 0) result += step.Noise.Draw(step.State.shape) * (next.Alpha * split.Up);
        return new(result, second.Denoised);
    }

    // The state at one level, moved to another by the slope that an estimate of a state at a third level gives.
    private static Tensor Moved(Tensor state, Estimate slope, NoiseLevel from, NoiseLevel to, Tensor at, NoiseLevel level) =>
        state + slope.Denoised * (to.Alpha - from.Alpha) + slope.Epsilon(at, level) * (to.Sigma - from.Sigma);
}
