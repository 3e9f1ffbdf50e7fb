using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility;

/// <summary>The steps of a schedule that a run takes. Solvers count from the schedule's first step, as diffusers' classes do, and start without memory.</summary>
/// <param name="Schedule">The whole schedule.</param>
/// <param name="First">The first step taken.</param>
/// <param name="End">The step before which the run stops: the number of steps, or less.</param>
public readonly record struct ScheduleSlice(DiffusersSchedule Schedule, int First, int End)
{
    /// <summary>The steps, for the sampler.</summary>
    public Range Steps => First..End;

    /// <summary>Whether the last step ends between its two calls of the network.</summary>
    public bool EndsInside { get; private init; }

    /// <summary>What takes the steps.</summary>
    public ISolver Solver => EndsInside ? new HalfStep(Schedule.Solver, End - 1) : Schedule.Solver;

    /// <summary>How many steps are taken.</summary>
    public int Count => End - First;

    /// <summary>How many of the class's timesteps are left at the first step taken, to the schedule's end: its own solver calls the network once for each.</summary>
    public int Timesteps
    {
        get
        {
            // A class that calls the network several times in a step lists a timestep for each call; only the last step may have fewer.
            int steps = Schedule.Grid.Steps, listed = Schedule.Timesteps.Length - Schedule.TimestepsBefore;
            return listed - First * ((listed + steps - 1) / steps);
        }
    }

    /// <summary>The level that the run sets out from.</summary>
    public NoiseLevel Start => Schedule.Grid[First];

    /// <summary>The steps of this slice whose timesteps lie in the first part of the way: what one model of two takes (diffusers' denoising_end).</summary>
    /// <remarks>Timesteps are counted one by one: where a class calls the network twice a step, the last one may end between the two (<see cref="EndsInside"/>).</remarks>
    /// <param name="share">How far to go, as a share of the timesteps of training: above 0 and below 1.</param>
    /// <param name="trainTimesteps">How many those are.</param>
    /// <exception cref="ArgumentException">The share is out of its range, or leaves no step.</exception>
    public ScheduleSlice Until(double share, int trainTimesteps)
    {
        double cut = Cut(share, trainTimesteps);
        DiffusersSchedule schedule = Schedule;
        int calls = schedule.Order == 1 ? Enumerable.Range(First, Count).Count(step => schedule.Grid[step].Time >= cut)
            : schedule.Timesteps.Skip(First * schedule.Order).Count(time => time >= cut);
        int end = First + (calls + schedule.Order - 1) / schedule.Order;
        return calls > 0 ? this with { End = end, EndsInside = calls % schedule.Order != 0 && end < schedule.Grid.Steps }
            : throw new ArgumentException($"None of {Count} steps lies in the first {share:0.####} of the way: go further, or take more steps.", nameof(share));
    }

    /// <summary>The timestep that a share of the way ends before.</summary>
    internal static double Cut(double share, int trainTimesteps) => share is > 0 and < 1
        ? Math.Round(trainTimesteps - share * trainTimesteps)
        : throw new ArgumentException($"The share of the way is {share}; it is above 0 and below 1.", nameof(share));
}
