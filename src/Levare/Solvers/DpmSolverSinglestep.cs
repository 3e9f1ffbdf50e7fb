using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>DPM-Solver singlestep (Lu et al. 2022a, algorithms 1 and 2, appendix D) and DPM-Solver++(2S) (Lu et al. 2022b, algorithm 1).</summary>
/// <remarks>
/// The grid is cut into blocks of <see cref="Order"/> steps, with one evaluation each. Every step of a block sets out from the block's first state
/// again, with one output more than the step before it: the inner levels of the papers are the grid's own, and each state is an estimate of its level.
/// </remarks>
public sealed record DpmSolverSinglestep : ISolver
{
    /// <summary>The solver of an order.</summary>
    /// <param name="order">1 (DDIM), 2 or 3.</param>
    public DpmSolverSinglestep(int order = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, 3);
        Order = order;
    }

    /// <summary>The number of steps of a block, and the order of its last.</summary>
    public int Order { get; }

    /// <summary>What is interpolated: the denoised estimate is DPM-Solver++, the noise DPM-Solver.</summary>
    public Integrand Integrand { get; init; }

    /// <summary>
    /// How the polynomial is integrated. With <see cref="MomentRule.Midpoint"/>, the published form, the third step of a block uses its first and its
    /// latest output alone; any other rule goes through all three.
    /// </summary>
    public MomentRule Rule { get; init; } = MomentRule.Midpoint;

    /// <summary>
    /// How a run ends. <see cref="FinalOrders.Falling"/> is DPM-Solver-fast's end: a block that the last step would complete is cut short, and that step
    /// is of first order.
    /// </summary>
    public FinalOrders FinalOrders { get; init; } = FinalOrders.Falling;

    /// <summary>How much noise a step puts back: 0 the ODE solver, 1 the SDE solver.</summary>
    public double Eta { get; init; }

    /// <inheritdoc/>
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        Estimate estimate = step.Denoise(step.State, step.Now);
        Tensor? noise = Eta == 0 ? null : step.Noise.Draw(step.Now, step.Next, step.State.shape);
        Tensor output = Integrand == Integrand.Denoised ? estimate.Denoised : estimate.Epsilon(step.State, step.Now);
        Block block = memory is Block begun && begun.Levels.Length < Stage(step) && double.IsFinite(begun.Levels[0].Lambda)
            ? begun.With(step.Now, output) : new(step.State, [step.Now], [output]);
        Tensor next = step.Next.Sigma == 0 ? estimate.Denoised * step.Next.Alpha : Advance(block, step.Next, noise);
        return new(next, estimate.Denoised, block);
    }

    // 1 at a block's first step, 2 at its second, ... A level without data (lambda = -infinity) is a block of its own.
    private int Stage(SolverStep step)
    {
        int stage = step.Index % Order + 1;
        bool cut = FinalOrders == FinalOrders.LastFirst || (FinalOrders == FinalOrders.Falling && stage == Order);
        return step.IsLast && cut ? 1 : stage;
    }

    private Tensor Advance(Block block, NoiseLevel to, Tensor? noise)
    {
        ExponentialStep step = ExponentialStep.Between(block.Levels[0], to, Integrand, Eta);
        double[] nodes = [.. block.Levels.Select(level => level.Lambda - block.Levels[0].Lambda)];
        return nodes.Length == 3 && Rule == MomentRule.Midpoint
            ? step.Apply(block.State, [nodes[0], nodes[2]], [block.Outputs[0], block.Outputs[2]], MomentRule.Exact, noise)
            : step.Apply(block.State, nodes, block.Outputs, Rule, noise);
    }

    /// <summary>The block's first state, and its levels and outputs so far.</summary>
    private sealed record Block(Tensor State, NoiseLevel[] Levels, Tensor[] Outputs) : SolverMemory
    {
        public override IEnumerable<Tensor> Tensors => Outputs.Prepend(State);

        public Block With(NoiseLevel level, Tensor output) => this with { Levels = [.. Levels, level], Outputs = [.. Outputs, output] };
    }
}
