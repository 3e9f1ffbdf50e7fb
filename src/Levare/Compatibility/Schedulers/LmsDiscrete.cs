using System.Collections.Immutable;
using Levare.Denoisers;
using Levare.Paths;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Compatibility.Schedulers;

/// <summary>LMSDiscreteScheduler: linear multistep of order 4. Its coefficients are integrated numerically in Python, exactly here.</summary>
/// <remarks>
/// Quirk: in a run from within, the first steps weigh what there is as if the levels before had been visited too. In whole runs it is
/// <see cref="LinearMultistep"/>.
/// </remarks>
internal sealed class LmsDiscrete : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new();

    public RequestLists Accepts => RequestLists.None;

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DiscreteVpPath path = SigmaTable.Path(config with { RescaleBetasZeroSnr = false });
        (double[] times, double[] levels) = KDiffusion.Levels(config, request, new SigmaTable(path));
        ImmutableArray<double> timesteps = SigmaTable.Float32(times), sigmas = SigmaTable.Float32(levels.Append(0));
        return new()
        {
            Path = path,
            Grid = SigmaTable.ExplodingGrid(timesteps, sigmas),
            Solver = new Steps(),
            Method = new LinearMultistep(),
            Parameterisation = SigmaTable.Parameterisation(config),
            InitialScale = KDiffusion.InitialScale(config, sigmas.Max()),
            Timesteps = timesteps,
            Sigmas = sigmas,
        };
    }

    private sealed record Steps : ISolver
    {
        private const int Order = 4;

        private sealed record Memory(ImmutableArray<Tensor> Noises) : SolverMemory
        {
            public override IEnumerable<Tensor> Tensors => Noises;
        }

        public SolverResult Step(SolverStep step, SolverMemory? memory)
        {
            Estimate estimate = step.Denoise(step.State, step.Now);
            ImmutableArray<Tensor> noises = [estimate.Epsilon(step.State, step.Now), .. memory is Memory m ? m.Noises.Take(Order - 1) : []];
            double[] levels = [.. Enumerable.Range(0, Math.Min(step.Index + 1, Order)).Select(back => step.Grid[step.Index - back].Sigma)];
            double[] weights = LinearMultistep.Weights(levels, step.Next.Sigma);
            Tensor next = weights.Zip(noises).Aggregate(step.State, (state, term) => state + term.Second * term.First);
            return new(next, estimate.Denoised, new Memory(noises));
        }
    }
}
