using Levare.Verification.Oracles;
using Xunit;

namespace Levare.Tests.Solvers;

public sealed class SolverOrderTests
{
    public static TheoryData<string, string> Claims()
    {
        TheoryData<string, string> cases = [];
        foreach (SolverClaim claim in SolverClaims.All)
            foreach (OraclePath path in claim.Paths) cases.Add(claim.Name, path.Name);
        return cases;
    }

    public static TheoryData<string> Names() => [.. SolverClaims.All.Select(claim => claim.Name)];

    [Theory]
    [MemberData(nameof(Claims))]
    public void A_solver_shows_its_order(string solver, string path)
    {
        SolverClaim claim = SolverClaims.Of(solver);
        OraclePath on = OraclePath.All.Single(candidate => candidate.Name == path);
        IReadOnlyList<double> errors = claim.Errors(on);
        double slope = OrderMeasurement.Slope(claim.Steps, errors);
        string measured = $"{solver} on {path}: slope {slope:f2}, order {claim.Order}; errors {string.Join(", ", errors.Select(error => $"{error:g3}"))}";
        TestContext.Current.SendDiagnosticMessage(measured);
        Assert.True(Math.Abs(slope - claim.Order) <= SolverClaim.Band, measured);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_solver_ends_where_the_closed_form_does(string solver)
    {
        SolverClaim claim = SolverClaims.Of(solver);
        double error = claim.ErrorAtTheEnd();
        Assert.True(error <= claim.Tolerance, $"{solver}: error {error:g3}, allowed {claim.Tolerance:g3}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_solver_asks_for_as_many_evaluations_as_it_says(string solver)
    {
        SolverClaim claim = SolverClaims.Of(solver);
        Assert.Equal(claim.Evaluations, claim.MeasuredEvaluations());
    }

    [Fact]
    public void Errors_fall_with_the_order_by_definition_of_the_slope()
    {
        Assert.Equal(2.5, OrderMeasurement.Slope([10, 20, 40], [3 * Math.Pow(10, -2.5), 3 * Math.Pow(20, -2.5), 3 * Math.Pow(40, -2.5)]), 12);
    }
}
