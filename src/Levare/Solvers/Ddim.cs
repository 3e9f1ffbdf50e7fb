using Levare.Denoisers;
using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>DDIM (Song et al. 2021, eq. 12 and 16): a part of the noise is replaced by new noise at each step.</summary>
/// <param name="Eta">0 replaces none and is Euler's method; 1 as much as the ancestral process of DDPM does.</param>
/// <remarks>
/// One evaluation, first order. On a variance-exploding path, eta = 1 is k-diffusion's Euler ancestral. Draws once at every step, the
/// last included, unless eta is 0. With eta = 0 and rising levels it inverts data to noise.
/// </remarks>
public sealed record Ddim(double Eta = 0) : ISolver
{
    /// <summary>k-diffusion's Euler ancestral.</summary>
    public static Ddim EulerAncestral { get; } = new(1);

    /// <inheritdoc/>
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        Estimate estimate = step.Denoise(step.State, step.Now);
        AncestralSplit split = AncestralSplit.Of(step.Now, step.Next, Eta);
        Tensor next = (estimate.Denoised + estimate.Epsilon(step.State, step.Now) * split.Down) * step.Next.Alpha;
        if (Eta > 0) next += step.Noise.Draw(step.State.shape) * (step.Next.Alpha * split.Up);
        return new(next, estimate.Denoised);
    }
}
