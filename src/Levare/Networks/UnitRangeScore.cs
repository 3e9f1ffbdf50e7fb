using Levare.Conditioning;
using Levare.Denoisers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks;

/// <summary>A score network of data in 0..1, as one of the same data in -1..1: s(x, sigma) = s'((x + 1) / 2, sigma / 2) / 2 (Karras et al. 2022, eq. 213).</summary>
/// <remarks>The time that it is told is sigma. It owns the inner network, whose keys are behind "inner.".</remarks>
public sealed class UnitRangeScore : DenoisingNetwork
{
    private readonly DenoisingNetwork inner;

    /// <summary>A view of a network, which is then its own.</summary>
    public UnitRangeScore(DenoisingNetwork network) : base(nameof(UnitRangeScore))
    {
        inner = network;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input, Tensor time, Condition condition)
    {
        using var scope = NewDisposeScope();
        return (inner.call((input + 1) / 2, time / 2, condition) / 2).MoveToOuterDisposeScope();
    }
}
