using System.Collections.Immutable;
using Levare.Solvers;

namespace Levare.Compatibility;

/// <summary>What a caller may ask of a diffusers schedule: the arguments of its set_timesteps and step.</summary>
/// <param name="Steps">The number of steps; ignored where timesteps or sigmas are given.</param>
public sealed record ScheduleRequest(int Steps)
{
    /// <summary>Timesteps to visit, the noisiest first; empty to let the class choose.</summary>
    public ImmutableArray<double> Timesteps { get; init; } = [];

    /// <summary>Sigmas to visit, in the form that the class takes; empty to let the class choose.</summary>
    public ImmutableArray<double> Sigmas { get; init; } = [];

    /// <summary>The dynamic shift of a straight path, which depends on the picture's size.</summary>
    public double? Mu { get; init; }

    /// <summary>How much of the noise is new: DDIM's and TCD's eta. Null for the class's own default.</summary>
    public double? Eta { get; init; }

    /// <summary>EDM's churn; null for none.</summary>
    public Churn? Churn { get; init; }

    /// <summary>DPM-SDE: what new noise is multiplied by (s_noise); null for 1.</summary>
    public double? NoiseScale { get; init; }

    /// <summary>LCM and TCD: the teacher's steps, or null for the configuration's.</summary>
    public int? OriginalInferenceSteps { get; init; }

    /// <summary>LCM and TCD: the share of the teacher's steps that is used, 0..1.</summary>
    public double Strength { get; init; } = 1;
}
