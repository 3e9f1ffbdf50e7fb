using System.Collections.Immutable;

namespace Levare.Conditioning.Prompts;

/// <summary>A text whose stretches count differently.</summary>
/// <param name="Sections">Stretches that begin a chunk of the text encoder each; at least one, and any may be empty.</param>
public sealed record WeightedText(ImmutableArray<ImmutableArray<PromptPart>> Sections)
{
    /// <summary>A text of one section.</summary>
    public static WeightedText Of(params ImmutableArray<PromptPart> parts) => new([parts]);
}
