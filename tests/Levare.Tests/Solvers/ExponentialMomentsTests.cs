using Levare.Solvers;
using Xunit;

namespace Levare.Tests.Solvers;

public sealed class ExponentialMomentsTests
{
    public static TheoryData<double, double> Integrals() => new MatrixTheoryData<double, double>([-1, 1, 1.25, 2], [1e-9, 1e-3, 0.3, 0.999, 1, 1.001, 4, -0.2, -3]);

    [Theory]
    [MemberData(nameof(Integrals))]
    public void Moments_are_the_integrals_of_powers_under_the_exponential(double rate, double step)
    {
        for (int power = 0; power < 5; power++)
        {
            int j = power;
            double expected = Simpson(u => Math.Exp(-rate * (step - u)) * Math.Pow(u, j), step);
            Assert.Equal(1, ExponentialMoments.Of(rate, step, power) / expected, 1e-9);
        }
    }

    [Fact]
    public void Over_an_endless_step_the_integral_of_one_is_one_over_the_rate()
    {
        Assert.Equal(0.5, ExponentialMoments.Of(2, double.PositiveInfinity, 0));
    }

    [Fact]
    public void Through_two_points_the_rules_agree_to_second_order_and_no_further()
    {
        double Slope(MomentRule rule, double step) => rule.Moments(1, step, 2)[1] / (step * step);
        foreach (MomentRule rule in new[] { MomentRule.Midpoint, MomentRule.Plain })
        {
            Assert.Equal(Slope(MomentRule.Exact, 1e-6), Slope(rule, 1e-6), 1e-6);
            Assert.NotEqual(Slope(MomentRule.Exact, 0.5), Slope(rule, 0.5), 0.02);
            Assert.Equal(MomentRule.Exact.Moments(1, 0.5, 3), rule.Moments(1, 0.5, 3));
        }
    }

    internal static double Simpson(Func<double, double> f, double to, int pieces = 2000)
    {
        double h = to / pieces;
        return h / 3 * Enumerable.Range(0, pieces + 1).Sum(i => f(i * h) * (i == 0 || i == pieces ? 1 : i % 2 == 1 ? 4 : 2));
    }
}
