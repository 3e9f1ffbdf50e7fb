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
