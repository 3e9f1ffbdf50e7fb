using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>The gradient over the root of its mean square (Hinton 2012).</summary>
/// <param name="Alpha">Memory of the square.</param>
/// <param name="Epsilon">Added to the root.</param>
public sealed record RmsProp(double Alpha = 0.99, double Epsilon = 1e-8) : OptimiserRule
{
    /// <inheritdoc/>
    public override ImmutableArray<string> Slots => ["square"];

    /// <inheritdoc/>
    public override void Update(Tensor parameter, Tensor gradient, ReadOnlySpan<Tensor> slots, long step, double rate)
    {
        slots[0].mul_(Alpha).addcmul_(gradient, gradient, 1 - Alpha);
        parameter.addcdiv_(gradient, slots[0].sqrt() + Epsilon, -rate);
    }
}
