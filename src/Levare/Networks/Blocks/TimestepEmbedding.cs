using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Blocks;

/// <summary>Two linear layers with an activation between: from waves of the time to what the blocks of a network get.</summary>
/// <remarks>Keys: <c>linear_1, linear_2</c>. [batch, input] -> [batch, output].</remarks>
public sealed class TimestepEmbedding : nn.Module<Tensor, Tensor>
{
    private readonly Activation _activation;
    private readonly Linear linear_1;
    private readonly Linear linear_2;

    /// <summary>Layers with fresh weights.</summary>
    public TimestepEmbedding(int input, int output, Activation activation = Activation.Silu) : base(nameof(TimestepEmbedding))
    {
        _activation = activation;
        linear_1 = Layers.Linear(input, output);
        linear_2 = Layers.Linear(output, output);
        RegisterComponents();
    }

    /// <inheritdoc/>
    /// <remarks>The input is brought to the weights' type first: waves are computed in float32 whatever the network runs in.</remarks>
    public override Tensor forward(Tensor waves)
    {
        using var scope = NewDisposeScope();
        return linear_2.call(_activation.Apply(linear_1.call(waves.to(linear_1.weight.dtype)))).MoveToOuterDisposeScope();
    }
}
