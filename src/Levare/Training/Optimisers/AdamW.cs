using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019).</summary>
/// <param name="Beta1">Memory of the gradient.</param>
/// <param name="Beta2">Memory of its square.</param>
/// <param name="WeightDecay">Each step takes rate * WeightDecay of the weight away.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
public sealed record AdamW(double Beta1 = 0.9, double Beta2 = 0.999, double WeightDecay = 0.01, double Epsilon = 1e-8) : OptimiserRule
{
    /// <inheritdoc/>
    public override ImmutableArray<string> Slots => ["first", "second"];

    /// <inheritdoc/>
    public override void Update(Tensor parameter, Tensor gradient, ReadOnlySpan<Tensor> slots, long step, double rate) =>
        UpdateAll([parameter], [gradient], [slots.ToArray()], step, rate);

    /// <inheritdoc/>
    public override void UpdateAll(Tensor[] parameters, Tensor[] gradients, Tensor[][] slots, long step, double rate)
    {
        using Tensor number = tensor((float)step, device: parameters[0].device);
        TensorLists.AdamW(parameters, gradients, [.. slots.Select(s => s[0])], [.. slots.Select(s => s[1])], number,
            rate, Beta1, Beta2, WeightDecay, Epsilon);
    }
}
