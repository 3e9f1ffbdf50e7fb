using System.Collections.Immutable;
using Levare.Denoisers;
using Levare.Grids;
using Levare.Paths;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Compatibility.Schedulers;

/// <summary>UnCLIPScheduler: DDPM as DALL-E 2 has it, from timestep T - 1 to 0, both included.</summary>
/// <remarks>Quirk: see <see cref="Float32Posterior"/>. A step is told where it ends, as the pipelines of this class do.</remarks>
internal sealed class UnClip : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new()
    {
        BetaSchedule = BetaSchedule.SquaredCosine, ClipSample = true, VarianceType = VarianceType.FixedSmallLog,
    };

    public RequestLists Accepts => RequestLists.None;

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DiscreteVpPath path = DiscreteVpPath.SquaredCosine(config.NumTrainTimesteps);
        ImmutableArray<double> timesteps = [.. Timesteps.Linspace(config.NumTrainTimesteps, request.Steps).Select(time => Math.Round(time))];
        return new()
        {
            Path = path,
            Grid = new TimeGrid([.. timesteps.Select(path.At), new NoiseLevel(-1, 1, 0)]),
            Solver = new Float32Posterior(path, new Ddpm(DdpmScheduler.Variance(config))),
            Method = new Ddpm(DdpmScheduler.Variance(config)),
            Parameterisation = SigmaTable.Parameterisation(config),
            Correction = Corrections.Clipped(config),
            Timesteps = timesteps,
            Level = path.At,
        };
    }

    /// <summary>
    /// DDPM's posterior with beta = 1 - r and alpha = 1 - beta in float32, r the ratio of the alpha^2, and with the table's beta between
    /// neighbours. At the noisiest step r is about 1e-8, which alpha rounds to a multiple of 6e-8; at the cleanest the table's beta is not quite
    /// 1 - alpha^2. Both show in the fourth digit of the samples.
    /// </summary>
    private sealed record Float32Posterior(DiscreteVpPath Path, Ddpm Exact) : ISolver
    {
        public SolverResult Step(SolverStep step, SolverMemory? memory)
        {
            int time = (int)step.Now.Time, target = (int)step.Next.Time;
            float bar = Path.AlphaBars[time], targetBar = target < 0 ? 1 : Path.AlphaBars[target];
            float beta = target == time - 1 ? Path.Betas[time] : 1 - bar / targetBar, alpha = 1 - beta;
            Estimate estimate = step.Denoise(step.State, step.Now);
            Tensor mean = estimate.Denoised * (MathF.Sqrt(targetBar) * beta / (1 - bar)) + step.State * (MathF.Sqrt(alpha) * (1 - targetBar) / (1 - bar));
            if (time == 0) return new(mean, estimate.Denoised);
            float posterior = (1 - targetBar) / (1 - bar) * beta;
            return new(mean + Exact.Scaled(step.Noise.Draw(step.State.shape), estimate.Variance, posterior, beta), estimate.Denoised);
        }
    }
}
