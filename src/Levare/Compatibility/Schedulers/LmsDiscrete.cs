using System.Collections.Immutable;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>LMSDiscreteScheduler: linear multistep of order 4. Its coefficients are integrated numerically in Python, exactly here.</summary>
internal sealed class LmsDiscrete : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new();

    public RequestLists Accepts => RequestLists.None;

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DiscreteVpPath path = SigmaTable.Path(config with { RescaleBetasZeroSnr = false });
        (double[] times, double[] levels) = KDiffusion.Levels(config, request, new SigmaTable(path));
        ImmutableArray<double> timesteps = SigmaTable.Float32(times), sigmas = SigmaTable.Float32(levels.Append(0));
        return new()
        {
            Path = path,
            Grid = SigmaTable.ExplodingGrid(timesteps, sigmas),
            Solver = new LinearMultistep(),
            Parameterisation = SigmaTable.Parameterisation(config),
            InitialScale = KDiffusion.InitialScale(config, sigmas.Max()),
            Timesteps = timesteps,
            Sigmas = sigmas,
        };
    }
}
