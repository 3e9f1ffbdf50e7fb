using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>SASolverScheduler: SA-Solver with noise between the timesteps 200 and 800.</summary>
/// <remarks>With data prediction, formulas through two points take the plain integral of the slope.</remarks>
internal sealed class SaSolverScheduler : ISchedulerClass
{
    private const double NoiseFrom = 200, NoiseTo = 800;

    public SchedulerConfig Defaults { get; } = new() { AlgorithmType = "data_prediction" };

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DiscreteVpPath path = SigmaTable.Path(config with { RescaleBetasZeroSnr = false });
        (double[] times, double[] sigmas) = DeisMultistep.Levels(config, request, LambdaSchedules.Unclipped(config, path), new(path));
        return LambdaSchedules.Schedule(config, path, times, sigmas, Solver(config)) with { Level = path.At };
    }

    private static SaSolver Solver(SchedulerConfig config)
    {
        bool onData = config.AlgorithmType switch
        {
            "data_prediction" => true,
            "noise_prediction" => false,
            string other => throw new NotSupportedException($"algorithm_type '{other}' is not known; known are data_prediction and noise_prediction."),
        };
        return new(config.PredictorOrder, config.CorrectorOrder)
        {
            Integrand = onData ? Integrand.Denoised : Integrand.Noise,
            Rule = onData ? MomentRule.Plain : MomentRule.Exact,
            Strength = level => level.Time is >= NoiseFrom and <= NoiseTo ? 1 : 0,
            FinalOrders = config.LowerOrderFinal ? FinalOrders.Falling : FinalOrders.Full,
        };
    }
}
