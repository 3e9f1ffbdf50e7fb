using System.Collections.Immutable;
using Levare.Denoisers;
using Levare.Grids;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Compatibility;

/// <summary>A diffusers scheduler taken apart: what the core needs to sample as that class does. Immutable and thread-safe.</summary>
public sealed record DiffusersSchedule
{
    /// <summary>The levels to visit.</summary>
    public required TimeGrid Grid { get; init; }

    /// <summary>The method, quirks included.</summary>
    public required ISolver Solver { get; init; }

    /// <summary>The method alone, for other grids on <see cref="Path"/>: without the class's habits, some of which hold for its own grid only.</summary>
    public ISolver Method { get => field ?? Solver; init; }

    /// <summary>What the network predicts and how its input is scaled.</summary>
    public required Parameterisation Parameterisation { get; init; }

    /// <summary>The noise path that the network was trained on.</summary>
    public required INoisePath Path { get; init; }

    /// <summary>What standard normal noise is multiplied by to start (init_noise_sigma).</summary>
    public double InitialScale { get; init; } = 1;

    /// <summary>The timesteps as the Python class holds them, one for each call of the network.</summary>
    public required ImmutableArray<double> Timesteps { get; init; }

    /// <summary>The sigmas as the Python class holds them; empty where it has none.</summary>
    public ImmutableArray<double> Sigmas { get; init; } = [];

    /// <summary>What the class does to the estimate of the clean data, clamping say, as a wrapper of the denoiser.</summary>
    public Func<IDenoiser, IDenoiser> Correction { get; init; } = denoiser => denoiser;

    /// <summary>
    /// The steps' noise of a seed, where it is not of the generator that draws the start; the caller disposes what can be disposed. Null where it is.
    /// </summary>
    public Func<long, INoiseSource>? StepNoise { get; init; }

    /// <summary>The level that a timestep stands for in <see cref="AddNoise"/>; by default the grid's level with that time.</summary>
    public Func<double, NoiseLevel>? Level { get; init; }

    /// <summary>
    /// The schedule of a run that sets out from a step inside this one, at its own first step; null where the class takes the same steps from there.
    /// </summary>
    internal Func<int, DiffusersSchedule>? Restarted { get; init; }

    /// <summary>How many of <see cref="Timesteps"/> a step has (order): 2 where a class calls the network twice a step, but for the last, which it calls it once for.</summary>
    internal int Order { get; init; } = 1;

    /// <summary>How many of <see cref="Timesteps"/> lie before the grid, where the schedule set out from a step inside another.</summary>
    internal int TimestepsBefore { get; init; }

    /// <summary>All steps.</summary>
    public ScheduleSlice Whole => new(this, 0, Grid.Steps);

    /// <summary>The last steps: a share of them, cut to a whole number (image to image, inpaint).</summary>
    /// <param name="strength">0..1; 1 is all of them.</param>
    /// <exception cref="ArgumentException">It is out of its range, or so small that no step is left.</exception>
    public ScheduleSlice Last(double strength)
    {
        if (!(strength is >= 0 and <= 1)) throw new ArgumentException($"The strength is {strength}; it is between 0 and 1.", nameof(strength));
        int steps = Grid.Steps, taken = Math.Min((int)(steps * strength), steps);
        return taken > 0 ? From(steps - taken)
            : throw new ArgumentException($"A strength of {strength} leaves none of {steps} steps: ask for more strength or more steps.", nameof(strength));
    }

    /// <summary>The steps whose timesteps lie behind a share of the way: what the second model of two takes (diffusers' denoising_start).</summary>
    /// <remarks>Timesteps are counted one by one; a step of two counts whole from its second one on.</remarks>
    /// <param name="share">How far the way was gone, as a share of the timesteps of training: above 0 and below 1.</param>
    /// <param name="trainTimesteps">How many those are.</param>
    /// <exception cref="ArgumentException">The share is out of its range, or no step is left.</exception>
    public ScheduleSlice After(double share, int trainTimesteps)
    {
        double cut = ScheduleSlice.Cut(share, trainTimesteps);
        int behind = Timesteps.Count(time => time < cut);
        if (Order == 2 && behind % 2 == 0) behind++;
        return behind > 0 ? From((Timesteps.Length - behind) / Order)
            : throw new ArgumentException($"None of {Grid.Steps} steps lies behind {share:0.####} of the way: begin earlier, or take more steps.", nameof(share));
    }

    /// <summary>The steps from one on; of classes that list a timestep twice (<see cref="Restarted"/>), those from that timestep on.</summary>
    public ScheduleSlice From(int step) => step > 0 && Restarted is { } restarted ? (restarted(step) with { TimestepsBefore = step }).Whole : new(this, step, Grid.Steps);

    /// <summary>Keys of the configuration that no class knows.</summary>
    public ImmutableArray<string> UnknownKeys { get; init; } = [];

    /// <summary>A network as a denoiser with this schedule's parameterisation and corrections.</summary>
    public IDenoiser Denoiser(DenoisingNetwork network) => Correction(new NetworkDenoiser(network, Parameterisation));

    /// <summary>Clean data brought to the level of a timestep (add_noise): alpha x0 + sigma noise.</summary>
    /// <param name="clean">[batch, ...].</param>
    /// <param name="noise">Standard normal, in the same shape.</param>
    /// <param name="timestep">One of the schedule's; classes that know every timestep of training take those too.</param>
    public Tensor AddNoise(Tensor clean, Tensor noise, double timestep)
    {
        NoiseLevel level = Level is null ? GridLevel(timestep) : Level(timestep);
        return clean * level.Alpha + noise * level.Sigma;
    }

    // The last digits of a timestep made from a sigma depend on the machine's logarithm.
    internal static bool IsTime(double held, double timestep) => Math.Abs(held - timestep) <= 1e-6 * Math.Max(1, Math.Abs(timestep));

    // Where a time occurs twice, diffusers takes the second.
    private NoiseLevel GridLevel(double timestep)
    {
        NoiseLevel[] found = [.. Grid.SkipLast(1).Where(level => IsTime(level.Time, timestep)).Take(2)];
        return found.Length > 0 ? found[^1]
            : throw new ArgumentException($"{timestep} is not one of the schedule's timesteps {string.Join(", ", Timesteps)}.", nameof(timestep));
    }
}
