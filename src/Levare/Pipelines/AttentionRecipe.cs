using System.Collections.Immutable;

namespace Levare.Pipelines;

/// <summary>Guidance by disturbed attention of a run that made a picture.</summary>
/// <param name="Name">The kind's name, that of its type.</param>
/// <param name="Scale">How far it went.</param>
public sealed record AttentionRecipe(string Name, double Scale)
{
    /// <summary>By how much the scale fell for each timestep of training; null for not at all.</summary>
    public double? Fall { get; init; }

    /// <summary>The patterns of the layers that were disturbed; null where the kind has no choice.</summary>
    public ImmutableArray<string>? Layers { get; init; }

    /// <summary>The guidance.</summary>
    /// <exception cref="InvalidDataException">There is no such kind.</exception>
    internal AttentionGuidance ToGuidance() => Name switch
    {
        nameof(PerturbedAttention) => new PerturbedAttention { Scale = Scale, Fall = Fall ?? 0, Layers = Layers ?? new PerturbedAttention().Layers },
        nameof(SelfAttention) => new SelfAttention { Scale = Scale },
        _ => throw new InvalidDataException($"The recipe names the guidance by attention '{Name}'; {nameof(PerturbedAttention)} and {nameof(SelfAttention)} are known."),
    };
}
