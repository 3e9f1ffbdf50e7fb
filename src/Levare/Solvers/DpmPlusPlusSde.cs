using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>
/// "DPM++ SDE" (k-diffusion's sample_dpmpp_sde): DPM-Solver++(2S) of Lu et al. 2022b, algorithm 1 with r = 1/2, with an ancestral split of the noise
/// in both of its stages. Two evaluations a step, one to sigma = 0 or from alpha = 0.
/// </summary>
/// <remarks>
/// The stages' intervals overlap, so that their noise should be of one Brownian motion (<see cref="Sampling.BrownianTree"/>); with independent draws
/// the step is noisier than the process that it follows.
/// </remarks>
/// <param name="Path">Where the middle level lies.</param>
/// <param name="Eta">How much of the noise is new: 0 the ODE solver, 1 the usual.</param>
/// <param name="NoiseScale">What new noise is multiplied by, a little above 1 to make up for a denoiser's losses.</param>
public sealed record DpmPlusPlusSde(INoisePath Path, double Eta = 1, double NoiseScale = 1) : ISolver
{
    /// <inheritdoc/>
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        Tensor first = step.Denoise(step.State, step.Now).Denoised;
        if (step.Next.Sigma == 0) return new(first * step.Next.Alpha, first);
        // Half way in log-SNR from a level without data is no way at all: the step from it has one stage.
        if (step.Now.Alpha == 0) return new(Moved(step, first, step.Next), first);
        NoiseLevel middle = Path.AtLambda((step.Now.Lambda + step.Next.Lambda) / 2);
        Tensor second = step.Denoise(Moved(step, first, middle), middle).Denoised;
        return new(Moved(step, second, step.Next), second);
    }

    // From the step's start to a level: the deterministic part below it, then new noise up to it.
    private Tensor Moved(SolverStep step, Tensor denoised, NoiseLevel to)
    {
        AncestralSplit split = AncestralSplit.Of(step.Now, to, Eta);
        double kept = split.Down / step.Now.Ratio;
        Tensor moved = step.State * (to.Alpha * split.Down / step.Now.Sigma) + denoised * (to.Alpha * (1 - kept));
        return split.Up == 0 ? moved : moved.add_(step.Noise.Draw(step.Now, to, step.State.shape), alpha: to.Alpha * split.Up * NoiseScale);
    }
}
