using Levare.Grids;

namespace Levare.Compatibility;

/// <summary>Whole timesteps, as classes that index the table of alphas need them.</summary>
internal static class IntegerTimesteps
{
    /// <summary>Those that the spacing picks, the noisiest first.</summary>
    /// <exception cref="ArgumentException">There are more steps than training had.</exception>
    public static double[] Of(SchedulerConfig config, int steps)
    {
        if (steps > config.NumTrainTimesteps)
            throw new ArgumentException($"{steps} steps are more than the {config.NumTrainTimesteps} of training.", nameof(steps));
        return config.TimestepSpacing switch
        {
            TimestepSpacing.Linspace => [.. Timesteps.Linspace(config.NumTrainTimesteps, steps).Select(time => Math.Round(time))],
            TimestepSpacing.Leading => Timesteps.Leading(config.NumTrainTimesteps, steps, config.StepsOffset),
            _ => Timesteps.Trailing(config.NumTrainTimesteps, steps),
        };
    }

    /// <summary>Timesteps that the caller chose.</summary>
    /// <exception cref="ArgumentException">They do not fall, or begin beyond training's.</exception>
    public static double[] Given(SchedulerConfig config, ScheduleRequest request)
    {
        double[] given = [.. request.Timesteps];
        if (given[0] >= config.NumTrainTimesteps || given[^1] < 0)
            throw new ArgumentException($"Timesteps are between 0 and {config.NumTrainTimesteps - 1}.", nameof(request));
        return given.Zip(given.Skip(1)).All(pair => pair.First > pair.Second) ? given
            : throw new ArgumentException("Timesteps must fall.", nameof(request));
    }
}
