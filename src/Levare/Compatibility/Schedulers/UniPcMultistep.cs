using Levare.Grids;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>UniPCMultistepScheduler: UniPC.</summary>
/// <remarks>
/// Where the original is infinite at a last sigma of 0 (bh1, or noise prediction), the step gives the estimate as for bh2. Noise prediction knows no
/// thresholding.
/// </remarks>
internal sealed class UniPcMultistep : ISchedulerClass
{
    // A straight path must not start at sigma = 1, where there is no data.
    private const double Margin = 1e-6;

    public SchedulerConfig Defaults { get; } = new() { SolverType = "bh2" };

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        Check(config, request);
        DiscreteVpPath path = SigmaTable.FinitePath(config);
        (double[] times, double[] sigmas) = Levels(config, request, new(path));
        return LambdaSchedules.Schedule(config with { Thresholding = config is { Thresholding: true, PredictX0: true } }, path, times, sigmas, Solver(config));
    }

    private static void Check(SchedulerConfig config, ScheduleRequest request)
    {
        if (config.SolverP is not null) throw new NotSupportedException("solver_p, a predictor of another class, is not supported.");
        if (!request.Sigmas.IsEmpty && !config.UseFlowSigmas) throw new ArgumentException("Sigmas can be given with use_flow_sigmas only.", nameof(request));
        if (config.UseDynamicShifting && request.Mu is null) throw new ArgumentException("With use_dynamic_shifting, mu must be given.", nameof(request));
        if (config.ShiftTerminal is not null && !config.UseFlowSigmas)
            throw new ArgumentException("shift_terminal is supported with use_flow_sigmas only.", nameof(config));
    }

    private static UniPc Solver(SchedulerConfig config) => new(config.SolverOrder)
    {
        Integrand = config.PredictX0 ? Integrand.Denoised : Integrand.Noise,
        Rule = config.SolverType switch
        {
            "bh1" => MomentRule.Plain,
            "bh2" or "midpoint" or "heun" or "logrho" => MomentRule.Midpoint,
            string other => throw new NotSupportedException($"solver_type '{other}' is not known; known are bh1 and bh2."),
        },
        Uncorrected = config.DisableCorrector,
        FinalOrders = config.LowerOrderFinal ? FinalOrders.Falling : FinalOrders.Full,
    };

    private static (double[] Times, double[] Sigmas) Levels(SchedulerConfig config, ScheduleRequest request, SigmaTable table)
    {
        int steps = request.Sigmas.IsEmpty ? request.Steps : request.Sigmas.Length;
        (double first, double last) = request.Sigmas.IsEmpty ? (table.Max, table.Min) : (request.Sigmas[^1], request.Sigmas[0]);
        bool toZero = config.FinalSigmasType == FinalSigma.Zero;
        if ((LambdaSchedules.Respaced(config, table, first, last, steps) ?? StraightOrNone(config, request)) is not { } respaced)
        {
            double[] times = LambdaSchedules.Spaced(config, config.NumTrainTimesteps, steps);
            return (times, [.. times.Select(table.At), toZero ? 0 : table.Min]);
        }
        if (config is { UseFlowSigmas: true, UseKarrasSigmas: true }) respaced = Timed(config, [.. respaced.Sigmas.Select(sigma => sigma / (sigma + 1))]);
        return (respaced.Times, [.. respaced.Sigmas, toZero ? 0 : respaced.Sigmas[^1]]);
    }

    private static (double[] Times, double[] Sigmas)? StraightOrNone(SchedulerConfig config, ScheduleRequest request)
    {
        if (!config.UseFlowSigmas) return null;
        double[] even = request.Sigmas.IsEmpty ? Spacing.Linear(1, 1.0 / config.NumTrainTimesteps, request.Steps + 1)[..^1] : [.. request.Sigmas];
        double[] sigmas = [.. even.Select(sigma => config.UseDynamicShifting
            ? FlowShift.Dynamic(sigma, request.Mu!.Value, config.TimeShiftType) : FlowShift.Static(sigma, config.FlowShift))];
        if (config.ShiftTerminal is { } terminal && terminal != 0) sigmas = FlowShift.ToTerminal(sigmas, terminal);
        if (Math.Abs(sigmas[0] - 1) < Margin) sigmas[0] -= Margin;
        return Timed(config, sigmas);
    }

    private static (double[] Times, double[] Sigmas) Timed(SchedulerConfig config, double[] sigmas) =>
        ([.. sigmas.Select(sigma => sigma * config.NumTrainTimesteps)], sigmas);
}
