using Levare.Grids;
using Levare.Paths;

namespace Levare.Compatibility.Schedulers;

/// <summary>DPMSolverMultistepInverseScheduler: the multistep solver from data to noise, for inversion.</summary>
/// <remarks>
/// The levels rise. Respaced sigmas are repeated at the end rather than continued. Equal timesteps are left out, but not their sigmas, so that after
/// them the two lists no longer go together.
/// </remarks>
internal sealed class DpmSolverMultistepInverse : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new();

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DiscreteVpPath path = SigmaTable.Path(config with { RescaleBetasZeroSnr = false });
        (double[] times, double[] sigmas) = Levels(config, request, path, new(path));
        double[] different = [.. times.Distinct()];
        SchedulerConfig toNoise = config with { FinalSigmasType = FinalSigma.Min };
        return LambdaSchedules.Schedule(config, path, different, sigmas, DpmSolverMultistepScheduler.Solver(toNoise, different.Length));
    }

    private static (double[] Times, double[] Sigmas) Levels(SchedulerConfig config, ScheduleRequest request, DiscreteVpPath path, SigmaTable table)
    {
        // The ends change places: the table is not turned round as in the forward class.
        if (LambdaSchedules.Respaced(config, table, table.Min, table.Max, request.Steps) is { } respaced)
            return (respaced.Times, [.. respaced.Sigmas, respaced.Sigmas[^1]]);
        if (config.UseFlowSigmas)
        {
            (double[] falling, double[] straight) = LambdaSchedules.Straight(config, request);
            return (falling, [.. straight, straight[^1]]);
        }
        int unclipped = LambdaSchedules.Unclipped(config, path);
        double[] times = Rising(config, unclipped, request.Steps);
        return (times, [.. times.Select(table.At), table.At(unclipped - 1)]);
    }

    private static double[] Rising(SchedulerConfig config, int trained, int count) => config.TimestepSpacing switch
    {
        TimestepSpacing.Linspace => [.. Spacing.Linear(0, trained - 1, count + 1).SkipLast(1).Select(time => Math.Round(time))],
        TimestepSpacing.Leading => [.. Timesteps.Leading(trained, count + 1, config.StepsOffset).Skip(1).Reverse()],
        _ => [.. Timesteps.Trailing(trained, config.NumTrainTimesteps, count).Reverse()],
    };
}
