using System.Collections.Immutable;
using Levare.Compatibility;
using Levare.Grids;
using Levare.Paths;
using Levare.Sampling;
using Levare.Solvers;

namespace Levare.Pipelines;

/// <summary>Puts a request's choices of solver and grid in place of those of a model's scheduler.</summary>
internal static class ImageSchedules
{
    /// <summary>The schedule of a model, with other choices where they are given.</summary>
    public static DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request, SolverEntry? solver, GridEntry? grid)
    {
        DiffusersSchedule own = DiffusersScheduler.Create(config, request);
        if (solver is not null && grid is null && !Falls(own.Grid)) grid = GridCatalog.Find("linear");
        if (grid is not null)
        {
            TimeGrid levels = grid.Create(own.Path, request.Steps);
            own = own with { Grid = levels, Solver = own.Method, InitialScale = levels[0].Sigma, Timesteps = Times(levels), Order = 1, Restarted = null };
        }
        if (solver is null) return own;
        return own with { Solver = solver.Create(own.Path), Timesteps = Times(own.Grid), Order = 1, Restarted = null, StepNoise = solver.DrawsOverlap ? Brownian(own.Grid) : null };
    }

    // Another solver calls the network at times of its own: what can be said of all is where their steps begin.
    private static ImmutableArray<double> Times(TimeGrid grid) => [.. grid.SkipLast(1).Select(level => level.Time)];

    // A motion needs finite ends; where the first level holds nothing of the data, independent draws have to do.
    private static Func<long, INoiseSource>? Brownian(TimeGrid grid)
    {
        double noisiest = grid[0].Ratio;
        return double.IsFinite(noisiest) ? seed => new BrownianTree(seed, 0, noisiest) : null;
    }

    // Some classes repeat a level for the sake of their own solver; any other needs levels that fall.
    private static bool Falls(TimeGrid grid) => grid.Zip(grid.Skip(1)).All(pair => Noise(pair.First) > Noise(pair.Second));

    private static double Noise(NoiseLevel level) => level.Alpha == 0 ? double.MaxValue : level.Ratio;
}
