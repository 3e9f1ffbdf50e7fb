using System.Collections.Immutable;
using Levare.Paths;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Compatibility.Schedulers;

/// <summary>DPMSolverSDEScheduler: k-diffusion's DPM++ SDE.</summary>
/// <remarks>
/// Quirks: the lists hold every level but the first twice, with the times of the middle levels between; Karras' spacing knows no sigma_min and
/// sigma_max; without noise_sampler_seed the original's noise is another in every run, here the run's seed serves.
/// </remarks>
internal sealed class DpmSolverSde : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new() { BetaStart = 0.00085, BetaEnd = 0.012 };

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        if (config.PredictionType is not (PredictionType.Epsilon or PredictionType.VPrediction))
            throw new NotSupportedException("DPMSolverSDEScheduler knows the prediction types epsilon and v_prediction only.");
        DiscreteVpPath path = SigmaTable.Path(config with { RescaleBetasZeroSnr = false });
        SigmaTable table = new(path);
        (double[] times, double[] levels) = Levels(config, request with { Timesteps = [] }, table);
        ImmutableArray<double> sigmas = SigmaTable.Float32(levels);
        ImmutableArray<double> timesteps = Interleaved(times, levels, table), all = [.. KDiffusion.Doubled(sigmas), 0];
        return new()
        {
            Path = path,
            Grid = SigmaTable.ExplodingGrid([.. times], sigmas.Add(0)),
            Solver = new DpmPlusPlusSde(new SigmaTablePath(table, path.Steps), NoiseScale: request.NoiseScale ?? 1),
            Parameterisation = SigmaTable.Parameterisation(config),
            InitialScale = KDiffusion.InitialScale(config, sigmas.Max()),
            Timesteps = timesteps,
            Order = 2,
            Sigmas = all,
            Level = time => new(time, 1, all[IndexOf(time, timesteps)]),
            StepNoise = seed => new RoundedMotion(config.NoiseSamplerSeed ?? seed, sigmas),
        };
    }

    private static (double[] Times, double[] Sigmas) Levels(SchedulerConfig config, ScheduleRequest request, SigmaTable table)
    {
        SchedulerConfig ends = config.UseKarrasSigmas ? config with { SigmaMin = null, SigmaMax = null } : config;
        double[] times = KDiffusion.Times(config, request), sigmas = [.. times.Select(table.At)];
        return KDiffusion.Respaced(ends, request, table, sigmas) is { } respaced ? ([.. respaced.Select(table.TimeOf)], respaced) : (times, sigmas);
    }

    private static ImmutableArray<double> Interleaved(double[] times, double[] sigmas, SigmaTable table) =>
        [times[0], .. Enumerable.Range(1, times.Length - 1).SelectMany(i => new[] { table.TimeOf(Math.Sqrt(sigmas[i - 1] * sigmas[i])), times[i] })];

    // The last digits of a time made from a sigma depend on the machine's logarithm.
    private static int IndexOf(double time, ImmutableArray<double> timesteps)
    {
        int index = Enumerable.Range(0, timesteps.Length).MinBy(i => Math.Abs(timesteps[i] - time));
        return Math.Abs(timesteps[index] - time) <= 1e-6 * Math.Max(1, time) ? index
            : throw new ArgumentException($"{time} is not one of the schedule's timesteps {string.Join(", ", timesteps)}.", nameof(time));
    }

    /// <summary>
    /// A Brownian motion that is asked as the class asks: for sigmas that went through the logarithm and back in float32. It tells apart what differs in
    /// the last digit.
    /// </summary>
    private sealed class RoundedMotion : INoiseSource, IDisposable
    {
        private readonly BrownianTree _tree;
        private readonly double[] _asked;

        public RoundedMotion(long seed, ImmutableArray<double> sigmas)
        {
            _tree = new BrownianTree(seed, sigmas.Min(), sigmas.Max());
            using DisposeScope scope = NewDisposeScope();
            Tensor t = tensor(sigmas.Select(sigma => (float)sigma).ToArray()).log().neg();
            Tensor middles = t[..^1] + (t[1..] - t[..^1]) * 0.5;
            _asked = [.. cat([t, middles]).neg().exp().data<float>().Select(sigma => (double)sigma)];
        }

        public Tensor Draw(params long[] shape) => _tree.Draw(shape);

        public Tensor Draw(NoiseLevel from, NoiseLevel to, params long[] shape) => _tree.Draw(Nearest(from), Nearest(to), shape);

        public void Dispose() => _tree.Dispose();

        private NoiseLevel Nearest(NoiseLevel level) => level with { Alpha = 1, Sigma = _asked.MinBy(asked => Math.Abs(asked - level.Ratio)) };
    }
}
