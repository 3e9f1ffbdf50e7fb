using System.Collections.Immutable;
using Levare.Grids;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Compatibility.Schedulers;

/// <summary>ScoreSdeVeScheduler: NCSN++'s variance-exploding process with predictor and corrector.</summary>
/// <remarks>
/// Quirks: the network is told sigma_min (sigma_max / sigma_min)^t with t from 1 to sampling_eps, while the steps go between sigmas that
/// are spaced so from t = 1 to 0; the two differ by a share of sampling_eps. The last step's noise, which the Python pipeline drops too, is not drawn.
/// </remarks>
internal sealed class ScoreSdeVe : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new() { NumTrainTimesteps = 2000, SigmaMin = 0.01, SigmaMax = 1348 };

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        (double min, double max) = (config.SigmaMin!.Value, config.SigmaMax!.Value);
        float[] times = Linspace(1, config.SamplingEps, request.Steps);
        ImmutableArray<double> told = SigmaTable.Float32(times.Select(time => min * Math.Pow(max / min, time)));
        ImmutableArray<double> steps = SigmaTable.Float32(Linspace(Math.Log(min), Math.Log(max), request.Steps).Reverse().Select(log => Math.Exp(log)));
        return new()
        {
            Path = new EdmPath(min, max),
            Grid = SigmaTable.ExplodingGrid(told, steps.Add(0)),
            Solver = new PredictorCorrector(config.CorrectSteps, config.SignalToNoise),
            Parameterisation = new ScorePrediction(),
            InitialScale = max,
            Timesteps = [.. times.Select(time => (double)time)],
            Sigmas = told,
        };
    }

    // Torch's own, to the last bit.
    private static float[] Linspace(double start, double end, int count)
    {
        using Tensor line = linspace(start, end, count, ScalarType.Float32);
        return line.data<float>().ToArray();
    }
}
