using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>How an optimiser changes a parameter, and what it remembers of each. Immutable and thread-safe.</summary>
public abstract record OptimiserRule
{
    /// <summary>The names of the tensors that are kept for each parameter.</summary>
    public abstract ImmutableArray<string> Slots { get; }

    /// <summary>What a slot holds before the first step: zeros in the parameter's shape, unless a kind says otherwise.</summary>
    public virtual Tensor NewSlot(string slot, Tensor parameter) => zeros_like(parameter);

    /// <summary>One step for one parameter, in place.</summary>
    /// <param name="parameter">float32.</param>
    /// <param name="gradient">In the parameter's shape; may be changed.</param>
    /// <param name="slots">In the order of <see cref="Slots"/>; changed in place.</param>
    /// <param name="step">The step's number, from 1 on.</param>
    /// <param name="rate">The learning rate.</param>
    public abstract void Update(Tensor parameter, Tensor gradient, ReadOnlySpan<Tensor> slots, long step, double rate);

    /// <summary>One step for all parameters: one after the other, unless a kind has something faster.</summary>
    public virtual void UpdateAll(Tensor[] parameters, Tensor[] gradients, Tensor[][] slots, long step, double rate)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            using var scope = TorchSharp.torch.NewDisposeScope();
            Update(parameters[i], gradients[i], slots[i], step, rate);
        }
    }
}

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
