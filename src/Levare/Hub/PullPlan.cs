using System.Collections.Immutable;

namespace Levare.Hub;

/// <summary>What a download brings.</summary>
/// <param name="Model">The model.</param>
/// <param name="Commit">The commit that its revision stands for.</param>
/// <param name="Files">The number of files.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Missing">The bytes of those that are not in the cache.</param>
/// <param name="Notes">What was chosen otherwise than one might expect, in sentences.</param>
public sealed record PullPlan(HubReference Model, string Commit, int Files, long Bytes, long Missing, ImmutableArray<string> Notes);
