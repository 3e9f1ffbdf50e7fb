using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>Strategic stochastic sampling of trajectory consistency distillation (Zheng et al. 2024, algorithm 4): a jump below the target, then noise up to it.</summary>
/// <param name="Eta">0: none of the noise is new; 1: all of it.</param>
/// <param name="Levels">The level at a time: the jump goes to (1 - eta) times the target's, or to the target where that has no noise.</param>
/// <remarks>One evaluation a step; one draw, none with eta = 0 and none at the last step, which ends with the jump.</remarks>
public sealed record Tcd(double Eta, Func<double, NoiseLevel> Levels) : ISolver
{
    /// <inheritdoc/>
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        Estimate estimate = step.Denoise(step.State, step.Now);
        NoiseLevel below = step.Next.Sigma == 0 ? step.Next : Levels((1 - Eta) * step.Next.Time);
        Tensor jump = estimate.Denoised * below.Alpha + estimate.Epsilon(step.State, step.Now) * below.Sigma;
        if (Eta == 0 || step.IsLast) return new(jump, estimate.Denoised);
        double kept = step.Next.Alpha / below.Alpha;
        double added = Math.Sqrt(Math.Max(0, step.Next.Sigma * step.Next.Sigma - kept * kept * below.Sigma * below.Sigma));
        return new(jump * kept + step.Noise.Draw(step.State.shape) * added, estimate.Denoised);
    }
}
