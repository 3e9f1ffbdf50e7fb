using Levare.Denoisers;

namespace Levare.Solvers;

/// <summary>Euler's method in alpha and sigma, which is DDIM with eta = 0 (Song et al. 2021, eq. 12): first order, one evaluation.</summary>
/// <remarks>On a variance-exploding path this is k-diffusion's Euler, on a straight path flow matching's.</remarks>
public sealed record Euler : ISolver
{
    /// <inheritdoc/>
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        Estimate estimate = step.Denoise(step.State, step.Now);
        var next = estimate.Denoised * step.Next.Alpha + estimate.Epsilon(step.State, step.Now) * step.Next.Sigma;
        return new(next, estimate.Denoised);
    }
}
