using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>The noise that is added before a step (Karras et al. 2022, algorithm 2).</summary>
/// <param name="Amount">S_churn: 0 adds none.</param>
/// <param name="From">S_tmin: below this sigma / alpha none is added.</param>
/// <param name="To">S_tmax: above it none is added.</param>
/// <param name="Scale">S_noise: the standard deviation of what is added, a little above 1 to make up for a denoiser's losses.</param>
public sealed record Churn(double Amount, double From = 0, double To = double.PositiveInfinity, double Scale = 1)
{
    /// <summary>gamma: by which share the noise of a level is raised in a run of some steps.</summary>
    public double Gamma(NoiseLevel level, int steps) =>
        level.Ratio >= From && level.Ratio <= To ? Math.Min(Amount / steps, Math.Sqrt(2) - 1) : 0;
}

/// <summary>EDM's stochastic sampler (Karras et al. 2022, algorithm 2): noise is added, then another solver steps down from the raised level.</summary>
/// <param name="Inner">Heun in the paper.</param>
/// <param name="Churn">How much, and where.</param>
/// <param name="Path">Where the raised level lies.</param>
/// <remarks>Draws once at each step that raises the level.</remarks>
public sealed record Churned(ISolver Inner, Churn Churn, INoisePath Path) : ISolver
{
    /// <inheritdoc/>
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        NoiseLevel now = step.Now;
        double gamma = Churn.Gamma(now, step.Grid.Steps);
        if (gamma == 0) return Inner.Step(step, memory);
        NoiseLevel raised = Path.AtLambda(now.Lambda - Math.Log(1 + gamma));
        double added = Math.Sqrt(raised.Ratio * raised.Ratio - now.Ratio * now.Ratio) * Churn.Scale;
        Tensor state = step.State * (raised.Alpha / now.Alpha) + step.Noise.Draw(step.State.shape) * (raised.Alpha * added);
        return Inner.Step(step.Between(raised, step.Next) with { State = state }, memory);
    }
}
