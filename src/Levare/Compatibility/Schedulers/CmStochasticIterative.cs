using System.Collections.Immutable;
using Levare.Denoisers;
using Levare.Grids;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>CMStochasticIterativeScheduler: consistency models' multistep sampling.</summary>
/// <remarks>
/// Quirks: steps are indices of Karras' ramp over the training steps, mirrored, so that index 0 is the noisiest; the network is told
/// 250 ln sigma; the last step goes to sigma_min, where nothing is added.
/// </remarks>
internal sealed class CmStochasticIterative : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new() { NumTrainTimesteps = 40, SigmaMin = 0.002, SigmaMax = 80 };

    public RequestLists Accepts => RequestLists.Timesteps;

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        (double min, double max) = (config.SigmaMin!.Value, config.SigmaMax!.Value);
        double[] indices = request.Timesteps.IsEmpty ? Timesteps.Leading(config.NumTrainTimesteps, request.Steps) : IntegerTimesteps.Given(config, request);
        double[] sigmas = [.. indices.Reverse().Select(index => Grids.Sigmas.KarrasAt(min, max, index / (config.NumTrainTimesteps - 1), config.Rho))];
        ImmutableArray<double> timesteps = [.. sigmas.Select(sigma => 250 * Math.Log(sigma))], all = SigmaTable.Float32(sigmas.Append(min));
        return new()
        {
            Path = new EdmPath(min, max),
            Grid = SigmaTable.ExplodingGrid(timesteps, all),
            Solver = new Consistency(all[^1], config.NoiseScale),
            Parameterisation = new ConsistencyPrediction(config.SigmaData, min),
            Correction = config.ClipDenoised ? denoiser => new BoundedDenoiser(denoiser, new ClampBound()) : denoiser => denoiser,
            InitialScale = max,
            Timesteps = timesteps,
            Sigmas = all,
        };
    }
}
