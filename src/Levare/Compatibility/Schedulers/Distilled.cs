using System.Collections.Immutable;

namespace Levare.Compatibility.Schedulers;

/// <summary>The timesteps that LCM and TCD share: some of those that the teacher's solver took.</summary>
internal static class Distilled
{
    /// <summary>The teacher's timesteps at equal distances in a list of some length.</summary>
    /// <param name="teacher">The teacher's timesteps, rising.</param>
    /// <param name="steps">How many to pick.</param>
    /// <exception cref="ArgumentException">The teacher had fewer.</exception>
    public static ImmutableArray<double> Pick(double[] teacher, int steps)
    {
        if (steps < 1 || steps > teacher.Length)
            throw new ArgumentException($"{steps} steps cannot be picked from the {teacher.Length} of the teacher (original_inference_steps x strength).", nameof(steps));
        double stride = (double)teacher.Length / steps;
        return [.. Enumerable.Range(0, steps).Select(i => teacher[teacher.Length - 1 - (int)Math.Floor(i * stride)])];
    }

    /// <summary>Every k-th timestep, k = T / n, from k - 1.</summary>
    public static double[] Strided(SchedulerConfig config, int teacherSteps, double strength)
    {
        if (teacherSteps > config.NumTrainTimesteps)
            throw new ArgumentException($"original_inference_steps {teacherSteps} is more than the {config.NumTrainTimesteps} steps of training.", nameof(teacherSteps));
        int stride = config.NumTrainTimesteps / teacherSteps;
        return [.. Enumerable.Range(1, (int)(teacherSteps * strength)).Select(i => (double)(i * stride - 1))];
    }

    /// <summary>The caller's timesteps, of which a strength below 1 leaves the last.</summary>
    public static ImmutableArray<double> Given(SchedulerConfig config, ScheduleRequest request)
    {
        double[] given = IntegerTimesteps.Given(config, request);
        return [.. given.Skip(given.Length - Math.Min((int)(given.Length * request.Strength), given.Length))];
    }
}
