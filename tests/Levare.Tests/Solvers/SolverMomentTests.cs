using Levare.Denoisers;
using Levare.Denoisers.Oracles;
using Levare.Grids;
using Levare.Paths;
using Levare.Sampling;
using Levare.Solvers;
using Levare.Verification.Oracles;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Solvers;

public sealed class SolverMomentTests
{
    private static readonly TrigonometricPath Path = new();

    public static TheoryData<string> FewStep() => [nameof(Consistency), nameof(Tcd)];

    public static TheoryData<string> Stochastic() =>
        [.. SolverClaims.All.Where(claim => claim.Kind == SolverKind.Sde).Select(claim => claim.Name)];

    [Theory]
    [MemberData(nameof(FewStep))]
    public void Few_step_samplers_are_exact_on_the_exact_consistency_function_at_any_number_of_steps(string solver)
    {
        using DisposeScope scope = NewDisposeScope();
        using Gaussian gaussian = new(tensor(new[] { 0.7 }), tensor(new[,] { { 1.3 } }));
        ConsistencyFunction function = new(gaussian);
        ISolver sampler = solver == nameof(Tcd) ? new Tcd(1, Path.At) : new Consistency();
        foreach (int steps in new[] { 1, 2, 4 })
        {
            TimeGrid grid = new(Enumerable.Range(0, steps + 1).Select(i => Path.At(double.Lerp(1.5, 0, (double)i / steps))));
            NoiseLevel first = grid[0];
            (Tensor mean, Tensor variance) = OrderMeasurement.Moments(
                function, sampler, grid, tensor(new[] { 0.7 * first.Alpha }), tensor(new[] { 1.3 * first.Alpha * first.Alpha + first.Sigma * first.Sigma }));
            Assert.Equal(0.7, mean.item<double>(), 10);
            Assert.Equal(1.3, variance.item<double>(), 10);
        }
    }

    [Theory]
    [MemberData(nameof(Stochastic))]
    public void With_seeded_noise_a_stochastic_solver_draws_from_the_data_s_distribution(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        const int Count = 5_000;
        Tensor mean = tensor(new[] { 1.0, -0.5 }), covariance = tensor(new[,] { { 1.2, 0.5 }, { 0.5, 0.6 } });
        using Gaussian gaussian = new(mean, covariance);
        TimeGrid grid = TimeGrid.Karras(250, 0.01, 20);
        using BrownianTree noise = new(3, 0.005, 21);
        Tensor start = gaussian.Sample(Count, 4) + noise.Draw(Count, 2) * grid[0].Sigma;
        Tensor end = Sampler.Sample(gaussian, SolverClaims.Of(name).Create(new EdmPath()), grid, start, noise);
        Tensor centred = end - end.mean([0]);
        // Four standard errors and the bias of 250 steps, for entries near 1.
        Assert.True((end.mean([0]) - mean).abs().max().item<double>() < 0.05, "mean");
        Tensor error = centred.t().matmul(centred) / Count - covariance;
        Assert.True(error.abs().max().item<double>() < 0.12, $"covariance error {string.Join(", ", error.data<double>())}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void From_data_to_noise_a_solver_has_the_order_that_it_has_from_noise_to_data(int order)
    {
        int[] steps = [40, 80, 160];
        DpmSolverMultistep solver = new(order) { FinalOrders = FinalOrders.Full };
        double slope = OrderMeasurement.Slope(steps, [.. steps.Select(count =>
            OrderMeasurement.FlowError(solver, new TimeGrid(OraclePath.VariancePreserving.Grid(count, OracleSpacing.Lambda).Reverse())))]);
        Assert.InRange(slope, order - SolverClaim.Band, order + SolverClaim.Band);
    }
}
