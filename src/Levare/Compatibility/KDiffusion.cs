using System.Collections.Immutable;
using Levare.Grids;
using Levare.Paths;

namespace Levare.Compatibility;

/// <summary>What diffusers' classes after k-diffusion share: float timesteps, sigmas read from the table, one more sigma of 0.</summary>
internal static class KDiffusion
{
    /// <summary>Timesteps and sigmas of the steps, the noisiest first, without the 0 that follows; respaced where the configuration asks for it.</summary>
    public static (double[] Times, double[] Sigmas) Levels(SchedulerConfig config, ScheduleRequest request, SigmaTable table)
    {
        double[] times = Times(config, request);
        double[] sigmas = [.. times.Select(time => table.At((float)time))];
        return Respaced(config, request, table, sigmas) is { } respaced ? ([.. respaced.Select(table.TimeOf)], respaced) : (times, sigmas);
    }

    /// <summary>The given timesteps, or those that the spacing picks; they may fall between two of training's.</summary>
    public static double[] Times(SchedulerConfig config, ScheduleRequest request) => config.TimestepSpacing switch
    {
        _ when !request.Timesteps.IsEmpty => [.. request.Timesteps],
        TimestepSpacing.Linspace => Timesteps.Linspace(config.NumTrainTimesteps, request.Steps),
        TimestepSpacing.Leading => Timesteps.Leading(config.NumTrainTimesteps, request.Steps, config.StepsOffset),
        _ => Timesteps.Trailing(config.NumTrainTimesteps, request.Steps),
    };

    /// <summary>Sigmas respaced between the ends of a list, or null when no respacing is asked for.</summary>
    /// <exception cref="ArgumentException">Timesteps are given, which a respacing would ignore.</exception>
    public static double[]? Respaced(SchedulerConfig config, ScheduleRequest request, SigmaTable table, double[] sigmas)
    {
        double[]? respaced = SigmaTable.Respaced(config, sigmas[0], sigmas[^1], request.Timesteps.IsEmpty ? request.Steps : request.Timesteps.Length);
        return respaced is null || request.Timesteps.IsEmpty ? respaced
            : throw new ArgumentException("Timesteps cannot be given where the configuration respaces the sigmas.", nameof(request));
    }

    /// <summary>sigma_max where the noisiest step is visited; else the norm of noise and unit data together.</summary>
    public static double InitialScale(SchedulerConfig config, double sigmaMax) =>
        config.TimestepSpacing == TimestepSpacing.Leading ? Math.Sqrt(sigmaMax * sigmaMax + 1) : sigmaMax;

    /// <summary>For adding noise: the sigma that stands where a timestep does, the second place where it stands twice.</summary>
    public static Func<double, NoiseLevel> HeldLevel(ImmutableArray<double> timesteps, ImmutableArray<double> sigmas) => timestep =>
    {
        int[] places = [.. Enumerable.Range(0, timesteps.Length).Where(i => DiffusersSchedule.IsTime(timesteps[i], timestep)).Take(2)];
        return places.Length > 0 ? new(timestep, 1, sigmas[places[^1]])
            : throw new ArgumentException($"{timestep} is not one of the schedule's timesteps {string.Join(", ", timesteps)}.", nameof(timestep));
    };

    /// <summary>A list in which all but the first element stand twice, as classes that call the network twice a step hold it.</summary>
    public static ImmutableArray<double> Doubled(IReadOnlyList<double> values) => [values[0], .. values.Skip(1).SelectMany(value => new[] { value, value })];
}
