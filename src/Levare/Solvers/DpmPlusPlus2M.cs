using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>DPM-Solver++(2M), Lu et al. 2022b, algorithm 2: second order, one evaluation a step.</summary>
/// <remarks>Exact where the estimate is constant; a step to sigma = 0 is of first order and gives the estimate itself.</remarks>
public sealed record DpmPlusPlus2M : ISolver
{
    private sealed record Memory(Tensor Denoised, double Step) : SolverMemory
    {
        public override IEnumerable<Tensor> Tensors => [Denoised];
    }

    /// <inheritdoc/>
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        Tensor denoised = step.Denoise(step.State, step.Now).Denoised;
        if (step.Next.Sigma == 0) return new(denoised * step.Next.Alpha, denoised);
        double h = step.Next.Lambda - step.Now.Lambda;
        Tensor estimate = memory is Memory m ? denoised + (denoised - m.Denoised) * (h / (2 * m.Step)) : denoised;
        Tensor next = step.State * (step.Next.Sigma / step.Now.Sigma) - estimate * (step.Next.Alpha * double.ExpM1(-h));
        return new(next, denoised, new Memory(denoised, h));
    }
}
