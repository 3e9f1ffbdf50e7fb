using System.Collections.Immutable;
using Levare.Grids;
using Levare.Parameterisations;
using Levare.Paths;

namespace Levare.Compatibility.Schedulers;

/// <summary>What the classes round exponential integrators (DPM-Solver, DEIS, UniPC, SA-Solver) share: their tables are the same but for details.</summary>
internal static class LambdaSchedules
{
    /// <summary>From this number of steps on, lower_order_final changes nothing in most of them.</summary>
    public const int ManySteps = 15;

    /// <summary>The number of training's steps that lambda_min_clipped leaves: the noisiest are those of smaller lambda.</summary>
    public static int Unclipped(SchedulerConfig config, DiscreteVpPath path) =>
        path.Steps - path.AlphaBars.Count(bar => MathF.Log(MathF.Sqrt(bar)) - MathF.Log(MathF.Sqrt(1 - bar)) < config.LambdaMinClipped);

    /// <summary>Whole timesteps. One more than asked for is spaced, and the cleanest is left out, but for trailing ones.</summary>
    /// <param name="config">Spacing and offset.</param>
    /// <param name="trained">Training's steps, or what clipping left of them.</param>
    /// <param name="count">The steps that are asked for.</param>
    public static double[] Spaced(SchedulerConfig config, int trained, int count) => config.TimestepSpacing switch
    {
        TimestepSpacing.Linspace => [.. Timesteps.Linspace(trained, count + 1).SkipLast(1).Select(time => Math.Round(time))],
        TimestepSpacing.Leading => [.. Timesteps.Leading(trained, count + 1, config.StepsOffset).SkipLast(1)],
        _ => Timesteps.Trailing(trained, config.NumTrainTimesteps, count),
    };

    /// <summary>The sigmas that a use_..._sigmas key asks for, with their times; null when none does.</summary>
    /// <remarks>Karras' times are rounded; the others become whole only as they are stored, and so are cut.</remarks>
    public static (double[] Times, double[] Sigmas)? Respaced(SchedulerConfig config, SigmaTable table, double first, double last, int count) =>
        SigmaTable.Respaced(config, first, last, count) is not { } sigmas ? null
            : ([.. sigmas.Select(table.TimeOf).Select(time => config.UseKarrasSigmas ? Math.Round(time) : time)], sigmas);

    /// <summary>A straight path's sigmas as all but UniPC make them: evenly from just under 1, shifted, without the 0 at the end.</summary>
    public static (double[] Times, double[] Sigmas) Straight(SchedulerConfig config, ScheduleRequest request)
    {
        double shift = request.Mu is { } mu ? ExponentialShift(config, mu) : config.FlowShift;
        double[] sigmas = [.. Spacing.Linear(1, 1.0 / config.NumTrainTimesteps, request.Steps + 1)
            .Select(alpha => FlowShift.Static(1 - alpha, shift)).Reverse().SkipLast(1)];
        return ([.. sigmas.Select(sigma => sigma * config.NumTrainTimesteps)], sigmas);
    }

    /// <summary>The schedule of times and sigmas, the last sigma included; the solver is the class's own.</summary>
    /// <param name="config">Prediction type, thresholding and kind of path.</param>
    /// <param name="path">The path of training.</param>
    /// <param name="times">One for each step; cut to whole numbers.</param>
    /// <param name="sigmas">One more than times, or more, of which the first count; rounded to float32.</param>
    /// <param name="solver">The method.</param>
    public static DiffusersSchedule Schedule(
        SchedulerConfig config, DiscreteVpPath path, IEnumerable<double> times, IEnumerable<double> sigmas, Solvers.ISolver solver)
    {
        ImmutableArray<double> whole = [.. times.Select(time => Math.Truncate(time))], stored = SigmaTable.Float32(sigmas);
        return new()
        {
            Path = config.UseFlowSigmas ? new RectifiedFlowPath() : path,
            Grid = config.UseFlowSigmas ? SigmaTable.StraightGrid(whole, stored) : SigmaTable.PreservingGrid(whole, stored),
            Solver = solver,
            Parameterisation = Prediction(config),
            Correction = Corrections.Thresholded(config),
            Timesteps = whole,
            Sigmas = stored,
        };
    }

    private static double ExponentialShift(SchedulerConfig config, double mu) =>
        config is { UseDynamicShifting: true, TimeShiftType: TimeShiftType.Exponential } ? Math.Exp(mu)
            : throw new ArgumentException($"{config.ClassName} takes mu only with use_dynamic_shifting and the exponential time shift.", nameof(mu));

    // Where training's path and the sigmas' do not go together, the classes still use the formula of the one on the levels of the other.
    private static Parameterisation Prediction(SchedulerConfig config) => (config.PredictionType, config.UseFlowSigmas) switch
    {
        (PredictionType.Epsilon, _) => new EpsilonPrediction(InputScaling.None),
        (PredictionType.Sample, _) => new SamplePrediction(InputScaling.None),
        (PredictionType.VPrediction, false) => new VPrediction(InputScaling.None),
        (PredictionType.VPrediction, true) => new VOnStraightPath(),
        (_, true) => new FlowPrediction(InputScaling.None),
        (_, false) => new FlowOnPreservingPath(),
    };

    private sealed record VOnStraightPath : Parameterisation
    {
        public override Preconditioning At(NoiseLevel level) => new(1, level.Alpha, -level.Sigma, level.Time);
    }

    private sealed record FlowOnPreservingPath : Parameterisation
    {
        public override Preconditioning At(NoiseLevel level) => new(1, 1, -level.Ratio, level.Time);
    }
}
