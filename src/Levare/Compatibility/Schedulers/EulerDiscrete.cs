using System.Collections.Immutable;
using Levare.Grids;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>EulerDiscreteScheduler: k-diffusion's Euler in sigma space, with churn.</summary>
/// <remarks>
/// Quirks: log_linear interpolation makes one sigma too many, so that the run ends above the appended last one; churn adds its noise
/// after the network was asked (see <see cref="LateChurn"/>).
/// </remarks>
internal sealed class EulerDiscrete : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new();

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DiscreteVpPath path = SigmaTable.FinitePath(config);
        SigmaTable table = new(path);
        (double[] times, double[] levels) = request.Sigmas.IsEmpty ? Levels(config, request, table) : Given(request, table);
        ImmutableArray<double> sigmas = SigmaTable.Float32(levels);
        ImmutableArray<double> timesteps = SigmaTable.Float32(Continuous(config) ? sigmas.SkipLast(1).Select(sigma => 0.25 * Math.Log(sigma)) : times);
        return new()
        {
            Path = path,
            Grid = SigmaTable.ExplodingGrid(timesteps, sigmas),
            Solver = LateChurn.Around(new SlopeEuler(), SigmaTable.Parameterisation(config), request.Churn, RaisedOutput(config)),
            Method = new Euler(),
            Parameterisation = SigmaTable.Parameterisation(config),
            InitialScale = KDiffusion.InitialScale(config, sigmas.Max()),
            Timesteps = timesteps,
            Sigmas = sigmas,
        };
    }

    // v is turned into an estimate by the level before the churn, epsilon by the one after it.
    private static ChurnedLevel RaisedOutput(SchedulerConfig config) =>
        config.PredictionType == PredictionType.VPrediction ? ChurnedLevel.Before : ChurnedLevel.After;

    private static bool Continuous(SchedulerConfig config) =>
        config is { TimestepType: "continuous", PredictionType: PredictionType.VPrediction };

    private static (double[] Times, double[] Sigmas) Given(ScheduleRequest request, SigmaTable table) =>
        ([.. request.Sigmas.SkipLast(1).Select(table.TimeOf)], [.. request.Sigmas]);

    private static (double[] Times, double[] Sigmas) Levels(SchedulerConfig config, ScheduleRequest request, SigmaTable table)
    {
        (double[] times, double[] sigmas) = config.InterpolationType switch
        {
            "linear" => KDiffusion.Levels(config, request, table),
            "log_linear" => LogLinear(config, request, table),
            string other => throw new NotSupportedException($"interpolation_type '{other}' is not known; known are linear and log_linear."),
        };
        return (times, [.. sigmas, config.FinalSigmasType == FinalSigma.Min ? table.Min : 0]);
    }

    private static (double[] Times, double[] Sigmas) LogLinear(SchedulerConfig config, ScheduleRequest request, SigmaTable table)
    {
        double[] times = KDiffusion.Times(config, request);
        double[] sigmas = Sigmas.Exponential(table.Min, table.Max, times.Length + 1);
        return KDiffusion.Respaced(config, request, table, sigmas) is { } respaced ? ([.. respaced.Select(table.TimeOf)], respaced) : (times, sigmas);
    }
}
