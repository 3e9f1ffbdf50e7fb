using System.Collections.Immutable;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>EulerAncestralDiscreteScheduler. It draws at every step, the last too.</summary>
internal sealed class EulerAncestralDiscrete : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new();

    public RequestLists Accepts => RequestLists.None;

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DiscreteVpPath path = SigmaTable.FinitePath(config);
        SigmaTable table = new(path);
        ImmutableArray<double> timesteps = SigmaTable.Float32(KDiffusion.Times(config, request));
        ImmutableArray<double> sigmas = SigmaTable.Float32(timesteps.Select(table.At).Append(0));
        return new()
        {
            Path = path,
            Grid = SigmaTable.ExplodingGrid(timesteps, sigmas),
            Solver = new SlopeEuler(1),
            Method = Ddim.EulerAncestral,
            Parameterisation = SigmaTable.Parameterisation(config),
            InitialScale = KDiffusion.InitialScale(config, sigmas[0]),
            Timesteps = timesteps,
            Sigmas = sigmas,
        };
    }
}
