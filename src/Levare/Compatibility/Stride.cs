using System.Collections.Immutable;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility;

/// <summary>
/// The habit of DDIM, PNDM and DDIM-inverse to step down by T / n whatever the spacing, so that a step may end elsewhere than where the
/// next begins. With leading timesteps both are the same.
/// </summary>
/// <param name="Inner">Takes the steps.</param>
/// <param name="Targets">Where each ends.</param>
internal sealed record Stride(ISolver Inner, ImmutableArray<NoiseLevel> Targets) : ISolver
{
    public SolverResult Step(SolverStep step, SolverMemory? memory) =>
        Inner.Step(step.Between(step.Now, Targets[step.Index]), memory);

    /// <summary>The levels T / n below some timesteps; below 0 the final one.</summary>
    public static ImmutableArray<NoiseLevel> Below(IEnumerable<double> timesteps, DiscreteVpPath path, NoiseLevel final, int stride) =>
        [.. timesteps.Select(time => time - stride >= 0 ? path.At(time - stride) : final)];

    /// <summary>Where the last step ends: without noise, or at timestep 0 (set_alpha_to_one).</summary>
    public static NoiseLevel Final(SchedulerConfig config, DiscreteVpPath path) => config.SetAlphaToOne ? new(0, 1, 0) : path.At(0);
}
