namespace Levare.Verification;

/// <summary>The cases of an area, counted.</summary>
/// <param name="Area">Its name.</param>
/// <param name="Passed">How many passed.</param>
/// <param name="Failed">How many failed.</param>
/// <param name="NotSupported">How many were not run.</param>
/// <param name="WorstError">The largest error of those that were run; NaN where none was.</param>
public sealed record AreaReport(string Area, int Passed, int Failed, int NotSupported, double WorstError)
{
    /// <summary>Counts outcomes by area, in the order of first appearance.</summary>
    public static IReadOnlyList<AreaReport> Of(IEnumerable<CaseOutcome> outcomes) => [.. outcomes.GroupBy(outcome => outcome.Area).Select(Count)];

    private static AreaReport Count(IGrouping<string, CaseOutcome> area)
    {
        int Number(Verdict verdict) => area.Count(outcome => outcome.Verdict == verdict);
        double worst = area.Select(outcome => outcome.Error).Where(error => !double.IsNaN(error)).DefaultIfEmpty(double.NaN).Max();
        return new(area.Key, Number(Verdict.Passed), Number(Verdict.Failed), Number(Verdict.NotSupported), worst);
    }
}
