using System.Collections.Immutable;
using Levare.Denoisers;
using Levare.Grids;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>DDIMInverseScheduler: from data to noise.</summary>
/// <remarks>
/// Quirks: the state lies T / n below the timestep that the network is told, so a step ends where its timestep says; the first state is at
/// alpha = 1, or at timestep 0 (set_alpha_to_one).
/// </remarks>
internal sealed class DdimInverse : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new() { TimestepSpacing = TimestepSpacing.Leading, ClipSample = true };

    public RequestLists Accepts => RequestLists.None;

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        if (config.TimestepSpacing == TimestepSpacing.Linspace)
            throw new NotSupportedException("DDIMInverseScheduler knows no timestep_spacing 'linspace', only leading and trailing.");
        DiscreteVpPath path = SigmaTable.Path(config);
        ImmutableArray<double> timesteps = [.. IntegerTimesteps.Of(config, request.Steps).Reverse()];
        IEnumerable<NoiseLevel> told = Stride.Below(timesteps, path, Stride.Final(config, path), config.NumTrainTimesteps / request.Steps)
            .Zip(timesteps, (level, time) => level with { Time = time });
        return new()
        {
            Path = path,
            Grid = new TimeGrid([.. told, path.At(timesteps[^1])]),
            Solver = new Stride(new Ddim(), [.. timesteps.Select(path.At)]),
            Method = new Ddim(),
            Parameterisation = SigmaTable.Parameterisation(config),
            Correction = Corrections.Clipped(config, BoundedNoise.Predicted),
            Timesteps = timesteps,
            Level = path.At,
        };
    }
}
