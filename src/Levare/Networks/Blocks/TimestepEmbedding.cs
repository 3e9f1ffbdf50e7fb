using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Blocks;

/// <summary>Two linear layers with an activation between: from waves of the time to what the blocks of a network get.</summary>
/// <remarks>Keys: <c>linear_1, linear_2</c>, and <c>cond_proj</c> where there is a condition. [batch, input] -> [batch, output].</remarks>
internal sealed class TimestepEmbedding : nn.Module<Tensor, Tensor>
{
    private readonly Activation _activation;
    private readonly Activation? _last;
    private readonly Linear linear_1;
    private readonly Linear linear_2;
    private readonly Linear? cond_proj;

    /// <summary>Layers with fresh weights.</summary>
    /// <param name="input">Channels of the waves.</param>
    /// <param name="output">Channels of the result.</param>
    /// <param name="activation">Between the layers.</param>
    /// <param name="last">Behind the second layer; null for none.</param>
    /// <param name="conditionChannels">Channels of a condition that is added to the waves (distilled networks: the guidance scale); null for none.</param>
    public TimestepEmbedding(int input, int output, Activation activation = Activation.Silu, Activation? last = null, int? conditionChannels = null)
        : base(nameof(TimestepEmbedding))
    {
        _activation = activation;
        _last = last;
        linear_1 = Layers.Linear(input, output);
        linear_2 = Layers.Linear(output, output);
        if (conditionChannels is { } channels) cond_proj = Layers.Linear(channels, input, bias: false);
        RegisterComponents();
    }

    /// <inheritdoc/>
    /// <remarks>The input is brought to the weights' type first: waves are computed in float32 whatever the network runs in.</remarks>
    public override Tensor forward(Tensor waves)
    {
        using var scope = NewDisposeScope();
        Tensor output = linear_2.call(_activation.Apply(linear_1.call(waves.to(linear_1.weight.dtype))));
        return (_last is { } last ? last.Apply(output) : output).MoveToOuterDisposeScope();
    }

    /// <summary>The waves with a condition added, for <see cref="forward"/>.</summary>
    /// <param name="waves">[batch, input].</param>
    /// <param name="condition">[batch, condition channels].</param>
    /// <exception cref="ArgumentException">The layers were made for no condition.</exception>
    public Tensor Conditioned(Tensor waves, Tensor condition)
    {
        if (cond_proj is null) throw new ArgumentException("A time embedding without time_cond_proj_dim was given a condition.", nameof(condition));
        using var scope = NewDisposeScope();
        return (waves.to(cond_proj.weight.dtype) + cond_proj.call(condition.to(cond_proj.weight.dtype))).MoveToOuterDisposeScope();
    }
}
