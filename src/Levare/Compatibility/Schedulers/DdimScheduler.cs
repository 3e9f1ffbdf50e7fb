using System.Collections.Immutable;
using Levare.Denoisers;
using Levare.Grids;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>DDIMScheduler.</summary>
/// <remarks>Quirks: every step goes down by T / n (see <see cref="Stride"/>); a bounded estimate keeps the noise that was predicted.</remarks>
internal sealed class DdimScheduler : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new() { TimestepSpacing = TimestepSpacing.Leading, ClipSample = true };

    public RequestLists Accepts => RequestLists.None;

    public bool TakesEta => true;

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DiscreteVpPath path = SigmaTable.Path(config);
        ImmutableArray<double> timesteps = [.. IntegerTimesteps.Of(config, request.Steps)];
        NoiseLevel final = Stride.Final(config, path);
        return new()
        {
            Path = path,
            Grid = new TimeGrid([.. timesteps.Select(path.At), final]),
            Method = new Ddim(request.Eta ?? 0),
            Solver = new Stride(new Ddim(request.Eta ?? 0), Stride.Below(timesteps, path, final, config.NumTrainTimesteps / request.Steps)),
            Parameterisation = SigmaTable.Parameterisation(config),
            Correction = Corrections.Bounded(config, BoundedNoise.Predicted),
            Timesteps = timesteps,
            Level = path.At,
        };
    }
}
