using System.Collections.Immutable;

namespace Levare.Hub;

/// <summary>A model in the cache, at one commit.</summary>
/// <param name="Id">OWNER/NAME.</param>
/// <param name="Commit">The commit.</param>
/// <param name="Names">The branches and tags that stood for it when they were last asked.</param>
/// <param name="Folder">The snapshot: a folder with its files.</param>
/// <param name="Bytes">The bytes of its files, those that it shares with other commits too.</param>
/// <param name="Variants">The variants of its weights; the empty text is the plain one.</param>
/// <param name="IsWhole">Whether all is there that the model needs.</param>
public sealed record CachedRevision(string Id, string Commit, ImmutableArray<string> Names, string Folder, long Bytes, ImmutableArray<string> Variants, bool IsWhole);
