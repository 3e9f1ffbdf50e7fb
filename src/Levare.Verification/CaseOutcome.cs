namespace Levare.Verification;

/// <summary>How a check ended.</summary>
public enum Verdict
{
    /// <summary>Everything compared is within its tolerance.</summary>
    Passed,

    /// <summary>Something differs, or the case could not be run.</summary>
    Failed,

    /// <summary>Levare does not do this kind of thing (yet), and says so.</summary>
    NotSupported,
}

/// <summary>What came of one case.</summary>
/// <param name="Area">The area, the first part of the name.</param>
/// <param name="Name">The case's name.</param>
/// <param name="Verdict">How it ended.</param>
/// <param name="Error">The largest error of all comparisons; NaN where nothing was compared.</param>
/// <param name="Reason">The first comparison that failed, or why it was not run; empty when it passed.</param>
public sealed record CaseOutcome(string Area, string Name, Verdict Verdict, double Error, string Reason);
