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

/// <summary>What a download brings.</summary>
/// <param name="Model">The model.</param>
/// <param name="Commit">The commit that its revision stands for.</param>
/// <param name="Files">The number of files.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Missing">The bytes of those that are not in the cache.</param>
/// <param name="Notes">What was chosen otherwise than one might expect, in sentences.</param>
public sealed record PullPlan(HubReference Model, string Commit, int Files, long Bytes, long Missing, ImmutableArray<string> Notes);

/// <summary>What a download brought.</summary>
/// <param name="Model">The model.</param>
/// <param name="Commit">The commit that its revision stands for.</param>
/// <param name="Folder">The snapshot: a folder with the files under their names.</param>
/// <param name="Files">The paths of the files in it.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Fetched">The bytes that came over the network.</param>
/// <param name="Repaired">Files that were in the cache but damaged, and were fetched again.</param>
public sealed record PulledModel(HubReference Model, string Commit, string Folder, ImmutableArray<string> Files, long Bytes, long Fetched, ImmutableArray<string> Repaired);
