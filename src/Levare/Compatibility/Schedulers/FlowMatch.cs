using System.Collections.Immutable;
using Levare.Grids;
using Levare.Paths;

namespace Levare.Compatibility.Schedulers;

/// <summary>The sigmas that the classes of straight paths share.</summary>
/// <remarks>
/// Quirks: without given sigmas the static shift is applied twice, first to the ends of the table and then to what lies between;
/// timesteps are sigmas times T.
/// </remarks>
internal static class FlowMatch
{
    /// <summary>The parts of a schedule that depend on the sigmas.</summary>
    public readonly record struct Levels(ImmutableArray<double> Timesteps, ImmutableArray<double> Sigmas)
    {
        /// <summary>The grid of one step for each timestep.</summary>
        public TimeGrid Grid => SigmaTable.StraightGrid(Timesteps, Sigmas);
    }

    /// <summary>Timesteps and sigmas, the last sigma included.</summary>
    /// <exception cref="ArgumentException">A dynamic shift lacks its mu.</exception>
    public static Levels Of(SchedulerConfig config, ScheduleRequest request)
    {
        double[] sigmas = [.. Unshifted(config, request).Select(sigma => Shifted(sigma, config, request))];
        if (config.ShiftTerminal is { } terminal and not 0) sigmas = FlowShift.ToTerminal(sigmas, terminal);
        sigmas = SigmaTable.Respaced(config, sigmas[0], sigmas[^1], sigmas.Length) ?? sigmas;
        ImmutableArray<double> rounded = SigmaTable.Float32(config.InvertSigmas ? sigmas.Select(sigma => 1 - sigma) : sigmas);
        return new(SigmaTable.Float32(rounded.Select(sigma => sigma * config.NumTrainTimesteps)), rounded.Add(config.InvertSigmas ? 1 : 0));
    }

    private static IEnumerable<double> Unshifted(SchedulerConfig config, ScheduleRequest request)
    {
        if (!request.Sigmas.IsEmpty) return SigmaTable.Float32(request.Sigmas);
        int trained = config.NumTrainTimesteps;
        if (!request.Timesteps.IsEmpty) return request.Timesteps.Select(time => (double)((float)time / trained));
        return Spacing.Linear(End(1) * trained, End(1.0 / trained) * trained, request.Steps).Select(time => time / trained);

        double End(double sigma) => (float)(config.UseDynamicShifting ? sigma : FlowShift.Static(sigma, config.Shift));
    }

    private static double Shifted(double sigma, SchedulerConfig config, ScheduleRequest request)
    {
        if (!config.UseDynamicShifting) return FlowShift.Static(sigma, config.Shift);
        return FlowShift.Dynamic(sigma, request.Mu ?? throw new ArgumentException("use_dynamic_shifting needs mu, which depends on the picture's size.", nameof(request)), config.TimeShiftType);
    }
}
