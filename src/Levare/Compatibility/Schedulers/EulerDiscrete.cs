using System.Collections.Immutable;
using Levare.Grids;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>EulerDiscreteScheduler: k-diffusion's Euler in sigma space, with churn.</summary>
internal sealed class EulerDiscrete : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new();

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DiscreteVpPath path = SigmaTable.FinitePath(config);
        SigmaTable table = new(path);
        (double[] times, double[] levels) = request.Sigmas.IsEmpty ? Levels(config, request, table) : Given(request, table);
        ImmutableArray<double> sigmas = SigmaTable.Float32(levels);
        ImmutableArray<double> timesteps = SigmaTable.Float32(Continuous(config) ? sigmas.SkipLast(1).Select(sigma => 0.25 * MathF.Log((float)sigma)) : times);
        return new()
        {
            Path = path,
            Grid = SigmaTable.ExplodingGrid(timesteps, sigmas),
            Solver = new Euler(),
            Parameterisation = SigmaTable.Parameterisation(config),
            InitialScale = InitialScale(config.TimestepSpacing, sigmas[0]),
            Timesteps = timesteps,
            Sigmas = sigmas,
        };
    }

    /// <summary>sigma_max where the noisiest step is visited; else the norm of noise and unit data together.</summary>
    internal static double InitialScale(TimestepSpacing spacing, double sigmaMax) =>
        spacing == TimestepSpacing.Leading ? Math.Sqrt(sigmaMax * sigmaMax + 1) : sigmaMax;

    private static bool Continuous(SchedulerConfig config) =>
        config is { TimestepType: "continuous", PredictionType: PredictionType.VPrediction };

    private static (double[] Times, double[] Sigmas) Given(ScheduleRequest request, SigmaTable table) =>
        ([.. request.Sigmas.SkipLast(1).Select(table.TimeOf)], [.. request.Sigmas]);

    private static (double[] Times, double[] Sigmas) Levels(SchedulerConfig config, ScheduleRequest request, SigmaTable table)
    {
        double[] times = request.Timesteps.IsEmpty ? Spaced(config, request.Steps) : [.. request.Timesteps];
        double[] sigmas = config.InterpolationType switch
        {
            "linear" => [.. times.Select(time => table.At((float)time))],
            // One more than there are steps, so that the run ends above the appended last sigma.
            "log_linear" => Sigmas.Exponential(table.Min, table.Max, times.Length + 1),
            string other => throw new NotSupportedException($"interpolation_type '{other}' is not known; known are linear and log_linear."),
        };
        if (SigmaTable.Respaced(config, sigmas[0], sigmas[^1], times.Length) is { } respaced)
            (times, sigmas) = ([.. respaced.Select(table.TimeOf)], respaced);
        double last = config.FinalSigmasType == FinalSigma.Min ? table.Min : 0;
        return (times, [.. sigmas, last]);
    }

    /// <summary>Timesteps that may fall between two of training's.</summary>
    internal static double[] Spaced(SchedulerConfig config, int steps) => config.TimestepSpacing switch
    {
        TimestepSpacing.Linspace => Timesteps.Linspace(config.NumTrainTimesteps, steps),
        TimestepSpacing.Leading => Timesteps.Leading(config.NumTrainTimesteps, steps, config.StepsOffset),
        _ => Timesteps.Trailing(config.NumTrainTimesteps, steps),
    };
}
