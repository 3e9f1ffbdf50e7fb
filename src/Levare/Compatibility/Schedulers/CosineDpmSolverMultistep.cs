using Levare.Parameterisations;
using Levare.Paths;
using Levare.Sampling;

namespace Levare.Compatibility.Schedulers;

/// <summary>CosineDPMSolverMultistepScheduler (Stable Audio): the SDE form of DPM-Solver++ with EDM's scaling and v's time, atan(sigma) 2 / pi.</summary>
/// <remarks>The noise is a Brownian motion's, with the seed of the generator that drew the start.</remarks>
internal sealed class CosineDpmSolverMultistep : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new()
    {
        SigmaMin = 0.3, SigmaMax = 500, SigmaData = 1, SigmaSchedule = "exponential", PredictionType = PredictionType.VPrediction,
    };

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        SchedulerConfig stochastic = config with { AlgorithmType = "sde-dpmsolver++" };
        (double min, double max) = ((float)config.SigmaMin!.Value, (float)config.SigmaMax!.Value);
        return EdmTables.Schedule(stochastic, request.Steps, Time, new AngleTimed(EdmDpmSolverMultistep.Prediction(config))) with
        {
            StepNoise = seed => new BrownianTree(seed, min, max),
        };
    }

    private static float Time(float sigma) => MathF.Atan(sigma) / MathF.PI * 2;

    // EDM's scaling, but the network is told the level's time.
    private sealed record AngleTimed(EdmPrediction Scaling) : Parameterisation
    {
        public override Preconditioning At(NoiseLevel level) => Scaling.At(level) with { Noise = level.Time };
    }
}
