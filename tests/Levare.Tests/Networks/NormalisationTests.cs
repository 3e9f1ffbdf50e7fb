using Levare.Networks.Blocks;
using TorchSharp.Modules;
using Xunit;

namespace Levare.Tests.Networks;

public sealed class NormalisationTests
{
    [Fact]
    public void A_fresh_group_norm_neither_scales_nor_shifts()
    {
        using GroupNorm norm = Normalisation.Group(4, 16, 1e-5);
        Assert.All(norm.weight!.data<float>().ToArray(), value => Assert.Equal(1, value));
        Assert.All(norm.bias!.data<float>().ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Groups_that_do_not_divide_the_channels_are_refused() =>
        Assert.Throws<ArgumentException>(() => Normalisation.Group(5, 16, 1e-5));
}
