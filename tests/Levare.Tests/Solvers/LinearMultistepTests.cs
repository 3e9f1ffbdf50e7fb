using CsCheck;
using Levare.Solvers;
using Xunit;

namespace Levare.Tests.Solvers;

public sealed class LinearMultistepTests
{
    [Fact]
    public void On_equal_steps_the_weights_are_those_of_adams_bashforth()
    {
        double[] weights = LinearMultistep.Weights([4, 5, 6, 7], 3);
        Assert.All(weights.Zip([55.0, -59, 37, -9]), pair => Assert.Equal(-pair.Second / 24, pair.First, 1e-12));
    }

    [Fact]
    public void Polynomials_below_the_number_of_nodes_are_integrated_exactly() =>
        Gen.Select(Gen.Double[0.1, 1], Gen.Double[0.1, 1], Gen.Double[0.1, 1], Gen.Int[0, 3]).Sample((a, b, c, power) =>
        {
            double[] nodes = [1, 1 + a, 1 + a + b, 1 + a + b + c];
            double sum = LinearMultistep.Weights(nodes, 0.5).Zip(nodes).Sum(pair => pair.First * Math.Pow(pair.Second, power));
            Assert.Equal((Math.Pow(0.5, power + 1) - 1) / (power + 1), sum, 1e-9);
        });
}
