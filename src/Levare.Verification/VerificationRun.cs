using System.Globalization;
using System.Text.Json;

namespace Levare.Verification;

/// <summary>Holds Levare against every golden case below a folder.</summary>
public static class VerificationRun
{
    /// <summary>Runs the cases, one after the other, in order of name.</summary>
    /// <param name="root">A folder with case.json files at any depth.</param>
    /// <param name="cancellation">Is seen between cases.</param>
    public static IEnumerable<CaseOutcome> Run(string root, CancellationToken cancellation = default)
    {
        foreach (string folder in GoldenCase.Find(root))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return Run(folder);
        }
    }

    private static CaseOutcome Run(string folder)
    {
        GoldenCase golden;
        try
        {
            golden = GoldenCase.Open(folder);
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            string name = GoldenCase.NameOf(folder);
            return new(name.Split('/')[0], name, Verdict.Failed, double.NaN, $"case.json cannot be read: {e.Message}");
        }
        using (golden) return Run(golden);
    }

    private static CaseOutcome Run(GoldenCase golden)
    {
        CaseOutcome NotSupported(string why) => new(golden.Area, golden.Name, Verdict.NotSupported, double.NaN, why);
        try
        {
            if (CaseVerifiers.Of(golden) is not { } verifier) return NotSupported("no verifier knows this kind of case");
            IReadOnlyList<Comparison> comparisons = verifier.Verify(golden);
            if (comparisons.Count == 0) return new(golden.Area, golden.Name, Verdict.Failed, double.NaN, "nothing was compared");
            double worst = comparisons.Max(comparison => comparison.Error);
            return comparisons.Any(comparison => !comparison.Passed)
                ? new(golden.Area, golden.Name, Verdict.Failed, worst, Describe(comparisons.First(comparison => !comparison.Passed)))
                : new(golden.Area, golden.Name, Verdict.Passed, worst, "");
        }
        catch (NotSupportedException e)
        {
            return NotSupported(e.Message);
        }
#pragma warning disable CA1031 // One case that breaks must not hide the others.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new(golden.Area, golden.Name, Verdict.Failed, double.NaN, $"{e.GetType().Name}: {e.Message}");
        }
    }

    private static string Describe(Comparison comparison) =>
        string.Create(CultureInfo.InvariantCulture, $"{comparison.What}: error {comparison.Error:g3}, tolerance {comparison.Tolerance:g3}");
}
