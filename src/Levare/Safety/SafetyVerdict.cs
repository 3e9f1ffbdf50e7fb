using System.Collections.Immutable;

namespace Levare.Safety;

/// <summary>What a safety checker says of a picture.</summary>
/// <param name="ConceptScores">For each concept to keep out how far the picture is above its threshold, rounded to thousandths: one above 0 condemns it.</param>
/// <param name="SpecialScores">The same for concepts that ask for special care: one above 0 makes all that is judged after it stricter.</param>
public sealed record SafetyVerdict(ImmutableArray<double> ConceptScores, ImmutableArray<double> SpecialScores)
{
    /// <summary>Whether the picture should not be shown.</summary>
    public bool IsFlagged => ConceptScores.Any(score => score > 0);
}
