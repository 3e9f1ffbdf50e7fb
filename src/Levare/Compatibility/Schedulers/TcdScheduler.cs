using System.Collections.Immutable;
using Levare.Grids;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>TCDScheduler: trajectory consistency distillation. Its keys for clipping have no effect in Python either.</summary>
/// <remarks>
/// Quirks: the level that a step jumps to is rounded down to a timestep of training; the last step goes to timestep 0, not to no noise;
/// a caller's original_inference_steps lets all timesteps of training be picked from, whatever its value.
/// </remarks>
internal sealed class TcdScheduler : ISchedulerClass
{
    private const double DefaultEta = 0.3;

    public SchedulerConfig Defaults { get; } = new()
    {
        BetaStart = 0.00085, BetaEnd = 0.012, BetaSchedule = BetaSchedule.ScaledLinear, TimestepSpacing = TimestepSpacing.Leading,
    };

    public RequestLists Accepts => RequestLists.Timesteps;

    public bool TakesEta => true;

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DiscreteVpPath path = SigmaTable.Path(config);
        ImmutableArray<double> timesteps = request.Timesteps.IsEmpty ? Distilled.Pick(Teacher(config, request), request.Steps) : Distilled.Given(config, request);
        double eta = request.Eta ?? DefaultEta;
        if (!(eta is >= 0 and <= 1)) throw new ArgumentException($"TCD's eta is {eta}; it is between 0 and 1.", nameof(request));
        return new()
        {
            Path = path,
            Grid = new TimeGrid([.. timesteps.Select(path.At), path.At(0)]),
            Solver = new Tcd(eta, time => path.At(Math.Floor(time))),
            Parameterisation = SigmaTable.Parameterisation(config),
            Timesteps = timesteps,
            Level = path.At,
        };
    }

    private static double[] Teacher(SchedulerConfig config, ScheduleRequest request) => request.OriginalInferenceSteps is null
        ? Distilled.Strided(config, config.OriginalInferenceSteps, request.Strength)
        : [.. Enumerable.Range(0, (int)(config.NumTrainTimesteps * request.Strength)).Select(time => (double)time)];
}
