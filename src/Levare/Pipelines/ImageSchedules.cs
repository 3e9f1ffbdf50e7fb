using Levare.Compatibility;
using Levare.Grids;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Pipelines;

/// <summary>Puts a request's choices of solver and grid in place of those of a model's scheduler.</summary>
internal static class ImageSchedules
{
    /// <summary>The schedule of a model, with other choices where they are given.</summary>
    public static DiffusersSchedule Create(SchedulerConfig config, int steps, SolverEntry? solver, GridEntry? grid)
    {
        DiffusersSchedule own = DiffusersScheduler.Create(config, new ScheduleRequest(steps));
        if (solver is not null && grid is null && !Falls(own.Grid)) grid = GridCatalog.Find("linear");
        if (grid is not null)
        {
            TimeGrid levels = grid.Create(own.Path, steps);
            own = own with { Grid = levels, Solver = own.Method, InitialScale = levels[0].Sigma };
        }
        return solver is null ? own : own with { Solver = solver.Solver };
    }

    // Some classes repeat a level for the sake of their own solver; any other needs levels that fall.
    private static bool Falls(TimeGrid grid) => grid.Zip(grid.Skip(1)).All(pair => Noise(pair.First) > Noise(pair.Second));

    private static double Noise(NoiseLevel level) => level.Alpha == 0 ? double.MaxValue : level.Ratio;
}
