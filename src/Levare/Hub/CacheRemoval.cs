using System.Collections.Immutable;

namespace Levare.Hub;

/// <summary>What removing a model, or a revision of it, deletes.</summary>
/// <param name="Model">What is removed.</param>
/// <param name="Commits">The commits that go.</param>
/// <param name="Bytes">The bytes that become free: of contents that no other commit has.</param>
/// <param name="Paths">The files and folders, in the order in which they are deleted.</param>
public sealed record CacheRemoval(HubReference Model, ImmutableArray<string> Commits, long Bytes, ImmutableArray<string> Paths);
