using Levare.Compatibility;
using Levare.Sampling;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>The random draws of a run: those of its start, and those of its steps, which may be of another source. It owns both.</summary>
/// <param name="Start">The posterior of encoded pictures, then what the run starts from.</param>
/// <param name="Steps">The solver's; the same source unless the schedule has its own.</param>
internal sealed record RunNoise(INoiseSource Start, INoiseSource Steps) : IDisposable
{
    /// <summary>One source for all.</summary>
    public RunNoise(INoiseSource all) : this(all, all)
    {
    }

    /// <summary>One seed for the whole batch: a draw has all its rows.</summary>
    public static RunNoise Of(long seed, DiffusersSchedule schedule, Device device)
    {
        SeededNoise noise = new(seed, device);
        return new(noise, schedule.StepNoise?.Invoke(seed) ?? noise);
    }

    /// <summary>A seed for each picture, which draws what it would draw alone.</summary>
    public static RunNoise Of(IReadOnlyList<long> seeds, DiffusersSchedule schedule, Device device)
    {
        if (seeds.Count == 1) return Of(seeds[0], schedule, device);
        PerItemNoise noise = new(seeds, device);
        return new(noise, schedule.StepNoise is { } steps ? new PerItemNoise(seeds.Select(steps)) : noise);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        (Steps as IDisposable)?.Dispose();
        if (!ReferenceEquals(Start, Steps)) (Start as IDisposable)?.Dispose();
    }
}
