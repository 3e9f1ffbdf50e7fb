using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>The gradient over the root of the sum of its squares (Duchi et al. 2011).</summary>
/// <param name="Epsilon">Added to the root.</param>
public sealed record Adagrad(double Epsilon = 1e-10) : OptimiserRule
{
    /// <inheritdoc/>
    public override ImmutableArray<string> Slots => ["sum"];

    /// <inheritdoc/>
    public override void Update(Tensor parameter, Tensor gradient, ReadOnlySpan<Tensor> slots, long step, double rate)
    {
        slots[0].addcmul_(gradient, gradient, 1);
        parameter.addcdiv_(gradient, slots[0].sqrt() + Epsilon, -rate);
    }
}
