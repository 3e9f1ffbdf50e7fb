using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>Multistep consistency sampling (Song et al. 2023, algorithm 1; Luo et al. 2023, algorithm 3): the estimate, noised anew to the next level.</summary>
/// <param name="SigmaMin">The noise that an estimate is taken to hold already.</param>
/// <param name="Scale">The standard deviation of what is added.</param>
/// <remarks>One evaluation a step; one draw a step, none where the target has no more noise than <paramref name="SigmaMin"/>.</remarks>
public sealed record Consistency(double SigmaMin = 0, double Scale = 1) : ISolver
{
    /// <inheritdoc/>
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        Tensor denoised = step.Denoise(step.State, step.Now).Denoised;
        Tensor next = denoised * step.Next.Alpha;
        if (step.Next.Sigma > SigmaMin)
            next += step.Noise.Draw([.. denoised.shape]) * (Math.Sqrt(step.Next.Sigma * step.Next.Sigma - SigmaMin * SigmaMin) * Scale);
        return new(next, denoised);
    }
}
