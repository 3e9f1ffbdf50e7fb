using System.Collections.Immutable;

namespace Levare.Hub;

/// <summary>Which files of a model are wanted, and how they are fetched.</summary>
public sealed record PullOptions
{
    /// <summary>The variant of the weights, fp16 say; parts that lack it come as they are. Null for plain weights.</summary>
    public string? Variant { get; init; }

    /// <summary>Patterns of paths ('*' stands for anything, '?' for one character): these files and no others; none for what the model needs.</summary>
    public ImmutableArray<string> Include { get; init; } = [];

    /// <summary>Patterns of paths that are left out.</summary>
    public ImmutableArray<string> Exclude { get; init; } = [];

    /// <summary>Files that are fetched at the same time.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>What is read of files that are there already.</summary>
    public CacheCheck Check { get; init; } = CacheCheck.Content;

    /// <summary>Is told what is about to be fetched, before the first byte is.</summary>
    public Action<PullPlan>? Planned { get; init; }
}
