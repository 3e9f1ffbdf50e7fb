using System.Collections.Immutable;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>KDPM2DiscreteScheduler and, with eta = 1, KDPM2AncestralDiscreteScheduler.</summary>
/// <remarks>
/// Quirks: with Karras sigmas the steps' timesteps are rounded, those of the middle levels are not. The list of sigmas holds every level
/// twice and 0 three times, so that adding noise at a middle timestep adds that of the step's end.
/// </remarks>
internal sealed class KDpm2Discrete(double eta) : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new() { BetaStart = 0.00085, BetaEnd = 0.012 };

    public RequestLists Accepts => RequestLists.None;

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DiscreteVpPath path = SigmaTable.Path(config with { RescaleBetasZeroSnr = false });
        SigmaTable table = new(path);
        (double[] times, double[] levels) = KDiffusion.Levels(config, request, table);
        if (config.UseKarrasSigmas) times = [.. times.Select(time => Math.Round(time))];
        ImmutableArray<double> timesteps = SigmaTable.Float32(times), sigmas = SigmaTable.Float32(levels.Append(0));
        SigmaTablePath space = new(table, path.Steps);
        ImmutableArray<double> calls = Interleaved(timesteps, sigmas, table), doubled = [.. KDiffusion.Doubled(sigmas), 0];
        return new()
        {
            Path = path,
            Grid = SigmaTable.ExplodingGrid(timesteps, sigmas),
            Solver = new Dpm2(space, eta),
            Method = new Dpm2(path, eta),
            Parameterisation = SigmaTable.Parameterisation(config),
            InitialScale = KDiffusion.InitialScale(config, sigmas.Max()),
            Timesteps = calls,
            Order = 2,
            Sigmas = doubled,
            Level = KDiffusion.HeldLevel(calls, doubled),
        };
    }

    private ImmutableArray<double> Interleaved(ImmutableArray<double> timesteps, ImmutableArray<double> sigmas, SigmaTable table)
    {
        List<double> all = [timesteps[0]];
        for (int i = 1; i < timesteps.Length; i++)
        {
            NoiseLevel now = new(0, 1, sigmas[i - 1]), next = new(0, 1, sigmas[i]);
            double down = AncestralSplit.Of(now, next, eta).Down;
            all.AddRange([table.TimeOf(Math.Sqrt(now.Sigma * down)), timesteps[i]]);
        }
        return SigmaTable.Float32(all);
    }
}
