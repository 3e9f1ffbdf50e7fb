using Levare.Parameterisations;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>FlowMatchEulerDiscreteScheduler; its arguments for churn have no effect in Python either.</summary>
internal sealed class FlowMatchEulerDiscrete : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new();

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        // sigma_min and sigma_max are no keys of the straight path's classes.
        FlowMatch.Levels levels = FlowMatch.Of(config, request);
        return new()
        {
            Path = new RectifiedFlowPath(),
            Grid = levels.Grid,
            Solver = config.StochasticSampling ? new Consistency() : new Euler(),
            Parameterisation = new FlowPrediction(),
            Timesteps = levels.Timesteps,
            Sigmas = levels.Sigmas,
        };
    }
}
