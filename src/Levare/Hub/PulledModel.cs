using System.Collections.Immutable;

namespace Levare.Hub;

/// <summary>What a download brought.</summary>
/// <param name="Model">The model.</param>
/// <param name="Commit">The commit that its revision stands for.</param>
/// <param name="Folder">The snapshot: a folder with the files under their names.</param>
/// <param name="Files">The paths of the files in it.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Fetched">The bytes that came over the network.</param>
/// <param name="Repaired">Files that were in the cache but damaged, and were fetched again.</param>
public sealed record PulledModel(HubReference Model, string Commit, string Folder, ImmutableArray<string> Files, long Bytes, long Fetched, ImmutableArray<string> Repaired);
