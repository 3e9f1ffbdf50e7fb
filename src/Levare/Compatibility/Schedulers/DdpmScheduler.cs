using System.Collections.Immutable;
using Levare.Grids;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>DDPMScheduler.</summary>
/// <remarks>
/// Quirks: the last step adds noise unless its timestep is 0, whatever the level it goes to; fixed_large_log takes the square root of a
/// logarithm, which is not a number, and is taken as fixed_large here.
/// </remarks>
internal sealed class DdpmScheduler : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new()
    {
        TimestepSpacing = TimestepSpacing.Leading, ClipSample = true, VarianceType = VarianceType.FixedSmall,
    };

    public RequestLists Accepts => RequestLists.Timesteps;

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DiscreteVpPath path = SigmaTable.Path(config);
        ImmutableArray<double> timesteps =
            [.. request.Timesteps.IsEmpty ? IntegerTimesteps.Of(config, request.Steps) : IntegerTimesteps.Given(config, request)];
        return new()
        {
            Path = path,
            Grid = new TimeGrid([.. timesteps.Select(path.At), new NoiseLevel(0, 1, 0)]),
            Solver = new Ddpm(Variance(config), timesteps[^1] > 0 ? FinalNoise.Added : FinalNoise.None),
            Parameterisation = SigmaTable.Parameterisation(config),
            Correction = Corrections.Bounded(config),
            Timesteps = timesteps,
            Level = path.At,
        };
    }

    internal static AncestralVariance Variance(SchedulerConfig config) => config.VarianceType switch
    {
        VarianceType.FixedLarge or VarianceType.FixedLargeLog => AncestralVariance.Forward,
        VarianceType.Learned => AncestralVariance.Learned,
        VarianceType.LearnedRange => AncestralVariance.LearnedRange,
        _ => AncestralVariance.Posterior,
    };
}
