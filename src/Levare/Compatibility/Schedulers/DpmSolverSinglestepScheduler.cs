using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>DPMSolverSinglestepScheduler: DPM-Solver and DPM-Solver++ singlestep.</summary>
/// <remarks>
/// It knows linspace only. lower_order_final is false by default, but is switched on where the steps do not make whole blocks or the last sigma is 0.
/// </remarks>
internal sealed class DpmSolverSinglestepScheduler : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new() { LowerOrderFinal = false };

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DpmSolverSettings.CheckFinalSigma(config);
        DiscreteVpPath path = SigmaTable.Path(config with { RescaleBetasZeroSnr = false });
        SigmaTable table = new(path);
        (double[] times, double[] sigmas) = Levels(config, request, path, table);
        double last = config.FinalSigmasType == FinalSigma.Min ? table.Min : 0;
        return LambdaSchedules.Schedule(config, path, times, [.. sigmas, last], Solver(config, times.Length));
    }

    private static (double[] Times, double[] Sigmas) Levels(SchedulerConfig config, ScheduleRequest request, DiscreteVpPath path, SigmaTable table)
    {
        if (!request.Timesteps.IsEmpty && (config.UseKarrasSigmas || config.UseExponentialSigmas || config.UseBetaSigmas))
            throw new ArgumentException("Timesteps cannot be given where sigmas are respaced.", nameof(request));
        int steps = request.Timesteps.IsEmpty ? request.Steps : request.Timesteps.Length;
        if (LambdaSchedules.Respaced(config, table, table.Max, table.Min, steps) is { } respaced) return respaced;
        if (config.UseFlowSigmas) return LambdaSchedules.Straight(config, request with { Steps = steps });
        SchedulerConfig linspace = config with { TimestepSpacing = Grids.TimestepSpacing.Linspace };
        double[] times = request.Timesteps.IsEmpty
            ? LambdaSchedules.Spaced(linspace, LambdaSchedules.Unclipped(config, path), steps) : [.. request.Timesteps];
        return (times, [.. times.Select(table.At)]);
    }

    private static DpmSolverSinglestep Solver(SchedulerConfig config, int steps)
    {
        (Integrand integrand, double eta) = DpmSolverSettings.Algorithm(config);
        if ((integrand, eta) == (Integrand.Noise, 1)) throw new NotSupportedException("There is no singlestep sde-dpmsolver.");
        bool wholeBlocks = !config.LowerOrderFinal && steps % config.SolverOrder == 0;
        return new(config.SolverOrder)
        {
            Integrand = integrand,
            Eta = eta,
            Rule = DpmSolverSettings.TwoPoints(config) == MomentRule.Exact && eta > 0 ? new StochasticHeun() : DpmSolverSettings.TwoPoints(config),
            FinalOrders = config.FinalSigmasType == FinalSigma.Zero ? FinalOrders.LastFirst : wholeBlocks ? FinalOrders.Full : FinalOrders.Falling,
        };
    }

    /// <summary>The third order's quadratic term of the SDE takes 1/2 away where it belongs to be added.</summary>
    private sealed record StochasticHeun : MomentRule
    {
        public override double[] Moments(double rate, double step, int points)
        {
            double[] moments = ExactMoments(rate, step, points);
            if (points == 3) moments[2] -= step * step;
            return moments;
        }
    }
}
