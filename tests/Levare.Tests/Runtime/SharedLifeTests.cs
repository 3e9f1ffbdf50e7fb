using Levare.Runtime;
using Xunit;

namespace Levare.Tests.Runtime;

public sealed class SharedLifeTests
{
    [Fact]
    public void Things_go_when_the_last_holder_lets_go_and_only_once()
    {
        Counted thing = new();
        SharedLife life = new(thing);
        IDisposable one = life.Hold(), two = life.Hold();
        one.Dispose();
        one.Dispose();
        Assert.Equal(0, thing.Disposals);
        two.Dispose();
        Assert.Equal(1, thing.Disposals);
        Assert.Throws<ObjectDisposedException>(life.Hold);
    }

    private sealed class Counted : IDisposable
    {
        public int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }
}
