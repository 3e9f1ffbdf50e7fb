using CsCheck;
using Levare.Paths;
using Xunit;

namespace Levare.Tests.Paths;

public sealed class RescaledTimePathTests
{
    [Fact]
    public void The_levels_are_the_inner_paths_under_another_time() => Gen.Double[0.01, 0.99].Sample(time =>
    {
        RectifiedFlowPath inner = new();
        RescaledTimePath path = new(inner, 1000);
        Assert.Equal(inner.At(time) with { Time = 1000 * time }, path.At(1000 * time), new NearLevels());
        Assert.Equal(1000 * time, path.TimeAt(path.At(1000 * time).Lambda), 1e-6);
        Assert.Equal((0, 1000), (path.Start, path.End));
    }, iter: 100);

    private sealed class NearLevels : IEqualityComparer<NoiseLevel>
    {
        public bool Equals(NoiseLevel x, NoiseLevel y) =>
            Math.Abs(x.Time - y.Time) < 1e-9 && Math.Abs(x.Alpha - y.Alpha) < 1e-12 && Math.Abs(x.Sigma - y.Sigma) < 1e-12;

        public int GetHashCode(NoiseLevel level) => 0;
    }
}
