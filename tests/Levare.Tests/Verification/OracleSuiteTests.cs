using Levare.Verification.Oracles;
using Xunit;

namespace Levare.Tests.Verification;

public sealed class OracleSuiteTests
{
    [Fact]
    public void Every_area_but_the_solvers_passes()
    {
        OracleRow[] rows = [.. OracleSuite.Noise().Concat(OracleSuite.Denoisers()).Concat(OracleSuite.Guidances())];
        Assert.Equal(["denoisers", "guidance", "noise"], rows.Select(row => row.Area).Distinct().Order());
        Assert.All(rows, row => Assert.True(row.Passed, $"{row.Area}: {row.What}: {row.Measured:g3}"));
    }

    [Fact]
    public void Every_solver_has_a_row_for_each_of_its_paths_and_one_for_its_end()
    {
        Assert.Equal(SolverClaims.All.Count, SolverClaims.All.Select(claim => claim.Name).Distinct().Count());
        Assert.Contains(OracleSuite.Run(), row => row.Area == "solver orders");
    }
}
