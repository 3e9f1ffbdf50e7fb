using System.Collections.Immutable;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Adapters;

/// <summary>The change of one weight, told by small factors that are read when it is computed. Immutable and thread-safe.</summary>
/// <param name="shape">The shape in which the factors give the change; where it is flat, the weight's own shape has the same rows.</param>
internal abstract class WeightDelta(ImmutableArray<long> shape)
{
    /// <summary>The shape in which the factors give the change.</summary>
    public ImmutableArray<long> Shape => shape;

    /// <summary>Whether the change is one of a weight of this shape: linear layers and convolutions of one pixel pass for each other.</summary>
    public bool Fits(ImmutableArray<long> weight)
    {
        if (weight.IsEmpty || shape.IsEmpty || weight[0] != shape[0] || TensorSizes.Elements(weight) != TensorSizes.Elements(shape)) return false;
        bool isFlat = shape.Length <= 2 || weight.Length <= 2;
        return isFlat || weight.AsSpan().SequenceEqual(shape.AsSpan());
    }

    /// <summary>The change in float32, in the weight's shape and on its device.</summary>
    /// <param name="weight">The weight as it is without any adapter.</param>
    public Tensor Compute(Tensor weight)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return Change(weight).reshape(weight.shape).MoveToOuterDisposeScope();
    }

    /// <summary>The change in float32, in any shape of as many elements.</summary>
    protected abstract Tensor Change(Tensor weight);
}
