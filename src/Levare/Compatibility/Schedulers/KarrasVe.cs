using System.Collections.Immutable;
using Levare.Grids;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>KarrasVeScheduler: Karras et al. 2022, algorithm 2, on a network of scores.</summary>
/// <remarks>
/// Quirks: the levels are sigma_max^2 (sigma_min / sigma_max)^(2 i / (n - 1)), squares taken as sigmas, while the start has the scale sigma_max;
/// noise is drawn at every step, and thrown away where none is added. The timesteps count the steps down.
/// </remarks>
internal sealed class KarrasVe : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new()
    {
        SigmaMin = 0.02, SigmaMax = 100, NoiseScale = 1.007, ChurnAmount = 80, ChurnFrom = 0.05, ChurnTo = 50,
    };

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        if (request.Steps < 2) throw new ArgumentException($"{config.ClassName} needs 2 steps or more.", nameof(request));
        (double min, double max) = (config.SigmaMin!.Value, config.SigmaMax!.Value);
        ImmutableArray<double> sigmas = SigmaTable.Float32(
            Enumerable.Range(0, request.Steps).Select(i => max * max * Math.Pow(min * min / (max * max), (double)i / (request.Steps - 1))));
        EdmPath path = new(sigmas[^1], sigmas[0]);
        Churn churn = request.Churn ?? new(config.ChurnAmount, config.ChurnFrom, config.ChurnTo, config.NoiseScale);
        return new()
        {
            Path = path,
            Grid = SigmaTable.ExplodingGrid(sigmas, sigmas.Add(0)),
            Solver = new DrawingChurned(new Churned(new Heun(), churn, path)),
            Parameterisation = new ScorePrediction(),
            InitialScale = max,
            Timesteps = [.. Enumerable.Range(0, request.Steps).Reverse().Select(step => (double)step)],
            Sigmas = sigmas,
        };
    }

    private sealed record DrawingChurned(Churned Inner) : ISolver
    {
        public SolverResult Step(SolverStep step, SolverMemory? memory)
        {
            if (Inner.Churn.Gamma(step.Now, step.Grid.Steps) == 0) step.Noise.Draw(step.State.shape).Dispose();
            return Inner.Step(step, memory);
        }
    }
}
