using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>Steps of one size in the direction of an interpolated gradient's sign (Chen et al. 2023), with decoupled weight decay.</summary>
/// <param name="Beta1">How much of the momentum the step's direction takes.</param>
/// <param name="Beta2">Memory of the gradient.</param>
/// <param name="WeightDecay">Each step takes rate * WeightDecay of the weight away.</param>
public sealed record Lion(double Beta1 = 0.9, double Beta2 = 0.99, double WeightDecay = 0) : OptimiserRule
{
    /// <inheritdoc/>
    public override ImmutableArray<string> Slots => ["momentum"];

    /// <inheritdoc/>
    public override void Update(Tensor parameter, Tensor gradient, ReadOnlySpan<Tensor> slots, long step, double rate)
    {
        Tensor direction = (slots[0] * Beta1 + gradient * (1 - Beta1)).sign();
        parameter.mul_(1 - rate * WeightDecay).sub_(direction * rate);
        slots[0].lerp_(gradient, 1 - Beta2);
    }
}
