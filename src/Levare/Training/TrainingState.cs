using System.Collections.Immutable;

namespace Levare.Training;

/// <summary>What a run must know of itself, besides tensors, to go on.</summary>
internal sealed record TrainingState
{
    public required long Step { get; init; }

    public required long Images { get; init; }

    public required long Seed { get; init; }

    public required long OptimiserSteps { get; init; }

    public required double SmoothedLoss { get; init; }

    /// <summary>The losses that importance sampling goes by; null without it.</summary>
    public double[]? ImportanceLosses { get; init; }

    /// <summary>How many of them each part of the levels has.</summary>
    public int[]? ImportanceCounts { get; init; }

    /// <summary>The SHA-256 of each file of the checkpoint.</summary>
    public ImmutableSortedDictionary<string, string> Files { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
