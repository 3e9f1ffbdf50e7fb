using System.Collections.Immutable;
using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>How a pseudo linear multistep method gets its first three noises.</summary>
public abstract record PseudoStart
{
    private PseudoStart() { }

    /// <summary>By lower orders, one evaluation each (iPNDM: Zhang and Chen 2022).</summary>
    public sealed record LowerOrders : PseudoStart;

    /// <summary>By one step of two evaluations, then lower orders (PLMS as latent diffusion has it).</summary>
    public sealed record TwoStage : PseudoStart;

    /// <summary>By three pseudo Runge-Kutta steps of four evaluations (PNDM: Liu et al. 2022, algorithm 2).</summary>
    /// <param name="Path">Where the middle levels lie, half way in time.</param>
    public sealed record RungeKutta(INoisePath Path) : PseudoStart;
}

/// <summary>Pseudo linear multistep (Liu et al. 2022): Adams-Bashforth of fourth order on the noise, then an exact transfer along the path.</summary>
/// <param name="Start">How it starts.</param>
/// <remarks>For levels at equal distances in time. One evaluation a step once started.</remarks>
public sealed record PseudoLinearMultistep(PseudoStart Start) : ISolver
{
    private sealed record Memory(ImmutableArray<Tensor> Noises) : SolverMemory
    {
        public override IEnumerable<Tensor> Tensors => Noises;
    }

    /// <inheritdoc/>
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        ImmutableArray<Tensor> past = memory is Memory m ? m.Noises : [];
        Estimate estimate = step.Denoise(step.State, step.Now);
        Tensor now = estimate.Epsilon(step.State, step.Now);
        ImmutableArray<Tensor> noises = [now, .. past.Take(3)];
        Tensor noise = Start switch
        {
            PseudoStart.RungeKutta start when past.Length < 3 && step.Next.Sigma > 0 => RungeKutta(step, now, estimate.Denoised, start.Path),
            PseudoStart.TwoStage when past.IsEmpty && step.Next.Sigma > 0 => (now + Probe(step, now, estimate.Denoised, step.Next)) / 2,
            _ => NoiseTransfer.Extrapolate(noises),
        };
        return new(Moved(step, noise, estimate.Denoised, step.Next), estimate.Denoised, new Memory(noises));
    }

    // Where nothing is left of the data, noise says nothing of it: the estimate itself does.
    private static Tensor Moved(SolverStep step, Tensor noise, Tensor denoised, NoiseLevel to) => step.Now.Alpha > 0
        ? NoiseTransfer.Move(step.State, noise, step.Now, to)
        : denoised * to.Alpha + noise * to.Sigma;

    private static Tensor RungeKutta(SolverStep step, Tensor first, Tensor denoised, INoisePath path)
    {
        NoiseLevel middle = path.At((step.Now.Time + step.Next.Time) / 2);
        Tensor second = Probe(step, first, denoised, middle), third = Probe(step, second, denoised, middle);
        Tensor fourth = Probe(step, third, denoised, step.Next);
        return (first + second * 2 + third * 2 + fourth) / 6;
    }

    // The noise at another level, which the state is moved to by a noise known already.
    private static Tensor Probe(SolverStep step, Tensor noise, Tensor denoised, NoiseLevel level)
    {
        Tensor state = Moved(step, noise, denoised, level);
        return step.Denoise(state, level).Epsilon(state, level);
    }
}
