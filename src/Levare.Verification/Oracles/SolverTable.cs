using System.Text;

namespace Levare.Verification.Oracles;

/// <summary>The table of docs/solvers.md.</summary>
public static class SolverTable
{
    /// <summary>The table's heading.</summary>
    public const string Heading =
        "| solver | order | VP | VE | flow | evaluations | kind | error at 200 | paper |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |";

    /// <summary>Every solver with its measured orders, measured now.</summary>
    public static string Measure()
    {
        StringBuilder table = new(Heading);
        foreach (SolverClaim claim in SolverClaims.All) table.Append('\n').Append(Row(claim));
        return table.ToString();
    }

    private static string Row(SolverClaim claim)
    {
        IEnumerable<string> slopes = OraclePath.All.Select(path => claim.Paths.Contains(path) ? $"{claim.MeasuredOrder(path):f2}" : "");
        string kind = claim.Kind == SolverKind.Ode ? "deterministic" : "stochastic";
        return $"| {claim.Name} | {claim.Order} | {string.Join(" | ", slopes)} | {claim.Evaluations} | {kind} | {claim.ErrorAtTheEnd():e1} | {claim.Paper} |";
    }
}
