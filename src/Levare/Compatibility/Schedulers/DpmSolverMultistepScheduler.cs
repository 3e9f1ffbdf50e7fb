using Levare.Grids;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>DPMSolverMultistepScheduler: DPM-Solver and DPM-Solver++ multistep, ODE and SDE.</summary>
internal sealed class DpmSolverMultistepScheduler : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new();

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DpmSolverSettings.CheckFinalSigma(config);
        DiscreteVpPath path = SigmaTable.FinitePath(config);
        SigmaTable table = new(path);
        (double[] times, double[] sigmas) = Levels(config, request, path, table);
        double last = config.FinalSigmasType == FinalSigma.Min ? table.Min : 0;
        return LambdaSchedules.Schedule(config, path, times, [.. sigmas, last], Solver(config, times.Length));
    }

    /// <summary>The class's solver: the core's, but for the third order's quirk.</summary>
    internal static DpmSolverMultistep Solver(SchedulerConfig config, int steps)
    {
        (Integrand integrand, double eta) = DpmSolverSettings.Algorithm(config);
        if (config.SolverOrder == 3 && (integrand, eta) == (Integrand.Noise, 1))
            throw new NotSupportedException("sde-dpmsolver has no third order.");
        return new(config.SolverOrder)
        {
            Integrand = integrand,
            Eta = eta,
            Rule = new ThirdOrder(DpmSolverSettings.TwoPoints(config)),
            FinalOrders = DpmSolverSettings.FinalOrders(config, steps),
        };
    }

    private static (double[] Times, double[] Sigmas) Levels(SchedulerConfig config, ScheduleRequest request, DiscreteVpPath path, SigmaTable table)
    {
        if (!request.Timesteps.IsEmpty && (config.UseKarrasSigmas || config.UseLuLambdas || config.UseExponentialSigmas || config.UseBetaSigmas))
            throw new ArgumentException("Timesteps cannot be given where sigmas are respaced.", nameof(request));
        double[] times = request.Timesteps.IsEmpty
            ? LambdaSchedules.Spaced(config, LambdaSchedules.Unclipped(config, path), request.Steps) : [.. request.Timesteps];
        if (config.UseKarrasSigmas) return Rounded(config, table, Sigmas.Karras(config.SigmaMin ?? table.Min, config.SigmaMax ?? table.Max, request.Steps));
        if (config.UseLuLambdas) return Rounded(config, table, [.. Spacing.Linear(table.Logs[^1], table.Logs[0], request.Steps).Select(Math.Exp)]);
        if (LambdaSchedules.Respaced(config, table, table.Max, table.Min, request.Steps) is { } respaced) return respaced;
        return config.UseFlowSigmas ? LambdaSchedules.Straight(config, request with { Steps = times.Length }) : (times, [.. times.Select(table.At)]);
    }

    // Times of a squared cosine are not rounded, and so are cut as they are stored.
    private static (double[] Times, double[] Sigmas) Rounded(SchedulerConfig config, SigmaTable table, double[] sigmas) =>
        ([.. sigmas.Select(table.TimeOf).Select(time => config.BetaSchedule == BetaSchedule.SquaredCosine ? time : Math.Round(time))], sigmas);

    /// <summary>
    /// The third order weighs the quadratic term by its divided difference where the second derivative, twice that, belongs; the SDE form also takes
    /// 1/2 away where it belongs to be added. Both make it of second order only.
    /// </summary>
    private sealed record ThirdOrder(MomentRule TwoPoints) : MomentRule
    {
        public override double[] Moments(double rate, double step, int points)
        {
            if (points < 3) return TwoPoints.Moments(rate, step, points);
            double[] moments = ExactMoments(rate, step, points);
            moments[2] = (moments[2] - (rate > 1 ? step * step : 0)) / 2;
            return moments;
        }
    }
}
