using System.Globalization;
using Levare.Verification.Oracles;
using Xunit;

namespace Levare.Tests.Solvers;

/// <summary>docs/solvers.md; with LEVARE_WRITE_DOCS set it is measured and written.</summary>
public sealed class SolverPageTests
{
    private const string Begin = "<!-- solvers -->\n", End = "\n<!-- /solvers -->";

    [Fact]
    public void The_page_holds_every_solver_with_slopes_that_show_its_order()
    {
        string file = Path.Combine(Root(), "docs", "solvers.md"), page = File.ReadAllText(file);
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        if (Environment.GetEnvironmentVariable("LEVARE_WRITE_DOCS") is { Length: > 0 })
        {
            page = page[..begin] + SolverTable.Measure() + page[page.IndexOf(End.Trim(), StringComparison.Ordinal)..].Insert(0, "\n");
            File.WriteAllText(file, page);
        }
        string[] lines = page[begin..page.IndexOf(End, StringComparison.Ordinal)].Split('\n');
        Assert.Equal(SolverTable.Heading, string.Join('\n', lines[..2]));
        Assert.Equal(SolverClaims.All.Count, lines.Length - 2);
        foreach ((string line, SolverClaim claim) in lines[2..].Zip(SolverClaims.All))
        {
            string[] cells = [.. line.Trim('|').Split('|').Select(cell => cell.Trim())];
            Assert.Equal([claim.Name, $"{claim.Order}"], cells[..2]);
            Assert.Equal([$"{claim.Evaluations}", claim.Paper], [cells[5], cells[8]]);
            double[] slopes = [.. cells[2..5].Where(cell => cell.Length > 0).Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))];
            Assert.Equal(claim.Paths.Count, slopes.Length);
            Assert.All(slopes, slope => Assert.InRange(slope, claim.Order - SolverClaim.Band, claim.Order + SolverClaim.Band));
        }
    }

    private static string Root()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Levare.slnx"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
