using Levare.Parameterisations;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>FlowMatchHeunDiscreteScheduler: two calls of the network a step, one at the last. It knows the static shift only.</summary>
internal sealed class FlowMatchHeunDiscrete : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new();

    public RequestLists Accepts => RequestLists.None;

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        if (request.Churn is { Amount: > 0 }) throw new NotSupportedException("FlowMatchHeunDiscreteScheduler with churn is not supported.");
        SchedulerConfig known = Defaults with { NumTrainTimesteps = config.NumTrainTimesteps, Shift = config.Shift };
        FlowMatch.Levels levels = FlowMatch.Of(known, new ScheduleRequest(request.Steps));
        return new()
        {
            Path = new RectifiedFlowPath(),
            Grid = levels.Grid,
            Solver = new Heun(),
            Parameterisation = new FlowPrediction(),
            Timesteps = KDiffusion.Doubled(levels.Timesteps),
            Order = 2,
            Sigmas = [.. KDiffusion.Doubled([.. levels.Sigmas.SkipLast(1)]), levels.Sigmas[^1]],
        };
    }
}
