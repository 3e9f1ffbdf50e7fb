using System.Collections.Immutable;

namespace Levare.Conditioning.Clip;

/// <summary>A text as the numbers that a CLIP text encoder reads, all texts of one length.</summary>
/// <param name="Numbers">Start, the text's tokens, end, padding.</param>
/// <param name="Dropped">The tokens that did not fit; empty where the whole text did.</param>
public sealed record ClipTokens(ImmutableArray<int> Numbers, ImmutableArray<int> Dropped)
{
    /// <summary>Whether the text was too long.</summary>
    public bool IsTruncated => !Dropped.IsEmpty;
}
