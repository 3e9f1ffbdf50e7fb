using Levare.Verification;
using Levare.Verification.Oracles;

namespace Levare.Cli;

/// <summary>The oracle suite as outcomes, so that it stands in the same table as the golden cases.</summary>
internal static class OracleOutcomes
{
    /// <summary>Runs the suite, row by row.</summary>
    public static IEnumerable<CaseOutcome> Run() => OracleSuite.Run().Select(row => new CaseOutcome(
        $"oracles: {row.Area}", $"oracles/{row.Area}/{row.What}", row.Passed ? Verdict.Passed : Verdict.Failed, Math.Abs(row.Measured - row.Expected),
        row.Passed ? "" : $"measured {row.Measured:g4} where {row.Expected:g4} is expected"));
}
