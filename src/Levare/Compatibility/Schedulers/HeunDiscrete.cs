using System.Collections.Immutable;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>HeunDiscreteScheduler: two calls of the network a step, one at the last.</summary>
internal sealed class HeunDiscrete : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new() { BetaStart = 0.00085, BetaEnd = 0.012 };

    public RequestLists Accepts => RequestLists.Timesteps;

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DiscreteVpPath path = SigmaTable.Path(config with { RescaleBetasZeroSnr = false });
        (double[] times, double[] levels) = KDiffusion.Levels(config, request, new SigmaTable(path));
        ImmutableArray<double> timesteps = SigmaTable.Float32(times), sigmas = SigmaTable.Float32(levels);
        return new()
        {
            Path = path,
            Grid = SigmaTable.ExplodingGrid(timesteps, [.. sigmas, 0]),
            Solver = new Heun(),
            Parameterisation = SigmaTable.Parameterisation(config),
            Correction = Corrections.Clipped(config),
            InitialScale = KDiffusion.InitialScale(config, sigmas.Max()),
            Timesteps = KDiffusion.Doubled(timesteps),
            Order = 2,
            Sigmas = [.. KDiffusion.Doubled(sigmas), 0],
        };
    }
}
