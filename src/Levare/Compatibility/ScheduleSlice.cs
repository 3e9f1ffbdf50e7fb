using Levare.Paths;

namespace Levare.Compatibility;

/// <summary>The steps of a schedule that a run takes. Solvers count from the schedule's first step, as diffusers' classes do, and start without memory.</summary>
/// <param name="Schedule">The whole schedule.</param>
/// <param name="First">The first step taken.</param>
/// <param name="End">The step before which the run stops: the number of steps, or less.</param>
public readonly record struct ScheduleSlice(DiffusersSchedule Schedule, int First, int End)
{
    /// <summary>The steps, for the sampler.</summary>
    public Range Steps => First..End;

    /// <summary>How many steps are taken.</summary>
    public int Count => End - First;

    /// <summary>The level that the run sets out from.</summary>
    public NoiseLevel Start => Schedule.Grid[First];
}
