using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>DEISMultistepScheduler: DEIS in log rho.</summary>
/// <remarks>The last sigma is never 0: it is the table's smallest, or the smallest of respaced ones once more, so that nothing happens in the last step.</remarks>
internal sealed class DeisMultistep : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new() { AlgorithmType = "deis", SolverType = "logrho" };

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DiscreteVpPath path = SigmaTable.Path(config with { RescaleBetasZeroSnr = false });
        (double[] times, double[] sigmas) = Levels(config, request, config.NumTrainTimesteps, new(path));
        Deis solver = new(config.SolverOrder)
        {
            FinalOrders = config.LowerOrderFinal && times.Length < LambdaSchedules.ManySteps ? FinalOrders.Falling : FinalOrders.Full,
        };
        return LambdaSchedules.Schedule(config, path, times, sigmas, solver);
    }

    /// <summary>The levels of DEIS and SA-Solver.</summary>
    internal static (double[] Times, double[] Sigmas) Levels(SchedulerConfig config, ScheduleRequest request, int trained, SigmaTable table)
    {
        if ((LambdaSchedules.Respaced(config, table, table.Max, table.Min, request.Steps) ?? Straight(config, request)) is { } respaced)
            return (respaced.Times, [.. respaced.Sigmas, respaced.Sigmas[^1]]);
        double[] times = LambdaSchedules.Spaced(config, trained, request.Steps);
        return (times, [.. times.Select(table.At), table.Min]);
    }

    private static (double[] Times, double[] Sigmas)? Straight(SchedulerConfig config, ScheduleRequest request) =>
        config.UseFlowSigmas ? LambdaSchedules.Straight(config, request) : null;
}
