using Levare.Denoisers;
using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>Heun's method (Karras et al. 2022, algorithm 1): an Euler step, then the mean of the slopes at both ends.</summary>
/// <remarks>
/// Second order, two evaluations a step, one where the target has no noise. The slope is x0 d(alpha) + eps d(sigma), so one formula
/// serves variance-exploding, variance-preserving and straight paths.
/// </remarks>
public sealed record Heun : ISolver
{
    /// <inheritdoc/>
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        Estimate first = step.Denoise(step.State, step.Now);
        Tensor noise = first.Epsilon(step.State, step.Now);
        double alpha = step.Next.Alpha - step.Now.Alpha, sigma = step.Next.Sigma - step.Now.Sigma;
        Tensor predicted = step.State + first.Denoised * alpha + noise * sigma;
        if (step.Next.Sigma == 0) return new(predicted, first.Denoised);
        Estimate second = step.Denoise(predicted, step.Next);
        Tensor next = step.State + (first.Denoised + second.Denoised) * (alpha / 2) + (noise + second.Epsilon(predicted, step.Next)) * (sigma / 2);
        return new(next, second.Denoised);
    }
}
