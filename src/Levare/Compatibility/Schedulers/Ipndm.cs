using System.Collections.Immutable;
using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Grids;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Compatibility.Schedulers;

/// <summary>IPNDMScheduler: improved pseudo linear multistep on a path of its own, sigma = sin^2(pi t / 2), for networks that predict v.</summary>
/// <remarks>
/// Quirks: num_train_timesteps means nothing; trained_betas are the sigmas of the steps; timesteps are angles, 2 / pi atan2(sigma, alpha).
/// The first level has no data, and the estimate there is taken to be 0 rather than the network's.
/// </remarks>
internal sealed class Ipndm : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new();

    public RequestLists Accepts => RequestLists.None;

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        NoiseLevel[] levels = [.. Sigmas(config, request.Steps).Select(Level)];
        ImmutableArray<double> timesteps = SigmaTable.Float32(levels.SkipLast(1).Select(level => level.Time));
        return new()
        {
            Path = new CosinePath(),
            Grid = new TimeGrid(levels),
            Solver = new PseudoLinearMultistep(new PseudoStart.LowerOrders()),
            Parameterisation = new VPrediction(InputScaling.None),
            Correction = denoiser => new BlindAtStart(denoiser),
            Timesteps = timesteps,
        };
    }

    private static IEnumerable<double> Sigmas(SchedulerConfig config, int steps)
    {
        if (config.TrainedBetas.IsEmpty) return Spacing.Linear(1, 0, steps + 1).Select(time => Math.Pow(Math.Sin(time * Math.PI / 2), 2));
        return config.TrainedBetas.Length == steps + 1 ? config.TrainedBetas.Select(beta => (double)beta)
            : throw new ArgumentException($"IPNDM's trained_betas are {config.TrainedBetas.Length}; {steps} steps need {steps + 1}.", nameof(config));
    }

    private static NoiseLevel Level(double sigma)
    {
        double alpha = Math.Sqrt(1 - sigma * sigma);
        return new(Math.Atan2(sigma, alpha) / Math.PI * 2, alpha, sigma);
    }

    private sealed record BlindAtStart(IDenoiser Denoiser) : IDenoiser
    {
        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
        {
            Estimate estimate = Denoiser.Denoise(state, level, condition);
            return level.Alpha == 0 ? new(zeros_like(state)) { Noise = state } : estimate;
        }

        public IDenoiser ForRun(DenoisingRun run) => this with { Denoiser = Denoiser.ForRun(run) };
    }
}
