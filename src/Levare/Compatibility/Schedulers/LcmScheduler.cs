using System.Collections.Immutable;
using Levare.Denoisers;
using Levare.Grids;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>LCMScheduler: latent consistency models' multistep sampling. It draws at all steps but the last, which gives the estimate.</summary>
internal sealed class LcmScheduler : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new()
    {
        BetaStart = 0.00085, BetaEnd = 0.012, BetaSchedule = BetaSchedule.ScaledLinear, TimestepSpacing = TimestepSpacing.Leading,
    };

    public RequestLists Accepts => RequestLists.Timesteps;

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DiscreteVpPath path = SigmaTable.Path(config);
        ImmutableArray<double> timesteps = request.Timesteps.IsEmpty
            ? Distilled.Pick(Distilled.Strided(config, request.OriginalInferenceSteps ?? config.OriginalInferenceSteps, request.Strength), request.Steps)
            : Distilled.Given(config, request);
        Func<IDenoiser, IDenoiser> bounded = Corrections.Bounded(config);
        return new()
        {
            Path = path,
            Grid = new TimeGrid([.. timesteps.Select(path.At), new NoiseLevel(0, 1, 0)]),
            Solver = new Consistency(),
            Parameterisation = SigmaTable.Parameterisation(config),
            Correction = denoiser => new BoundaryDenoiser(bounded(denoiser), config.TimestepScaling),
            Timesteps = timesteps,
            Level = path.At,
        };
    }
}
