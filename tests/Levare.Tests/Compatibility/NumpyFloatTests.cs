using Levare.Compatibility;
using Xunit;

namespace Levare.Tests.Compatibility;

public sealed class NumpyFloatTests
{
    // numpy.log of float32 arrays, NumPy 1.24 with AVX512; the third to the fifth are not the nearest float32.
    [Theory]
    [InlineData(0.029167000204324722f, -3.534717321395874f)]
    [InlineData(0.5f, -0.6931471824645996f)]
    [InlineData(0.699999988079071f, -0.3566749393939972f)]
    [InlineData(0.7071067690849304f, -0.3465735912322998f)]
    [InlineData(1.4142135381698608f, 0.3465735912322998f)]
    [InlineData(1f, 0f)]
    [InlineData(14.614646911621094f, 2.6820242404937744f)]
    [InlineData(4096f, 8.317766189575195f)]
    public void The_logarithm_is_numpy_s_to_the_last_digit(float value, float expected)
    {
        Assert.Equal(expected, NumpyFloat.Log(value));
    }
}
