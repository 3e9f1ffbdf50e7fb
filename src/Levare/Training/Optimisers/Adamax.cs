using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>Adam with the largest gradient of late in place of the root of the second moment (Kingma and Ba 2015, section 7.1).</summary>
/// <param name="Beta1">Memory of the gradient.</param>
/// <param name="Beta2">Memory of the largest.</param>
/// <param name="Epsilon">Added to each gradient's size.</param>
public sealed record Adamax(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8) : OptimiserRule
{
    /// <inheritdoc/>
    public override ImmutableArray<string> Slots => ["first", "largest"];

    /// <inheritdoc/>
    public override void Update(Tensor parameter, Tensor gradient, ReadOnlySpan<Tensor> slots, long step, double rate)
    {
        slots[0].lerp_(gradient, 1 - Beta1);
        slots[1].copy_((slots[1] * Beta2).maximum(gradient.abs() + Epsilon));
        parameter.addcdiv_(slots[0], slots[1], -rate / (1 - Math.Pow(Beta1, step)));
    }
}
