using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Attention;

/// <summary>Multi-head attention of tokens to a context, or to themselves.</summary>
/// <remarks>
/// Keys: <c>to_q, to_k, to_v</c> without biases, <c>to_out.0</c> with one. <c>forward(tokens, context)</c>: tokens [batch, n, Channels], context
/// [batch, m, context channels]; the result has the tokens' shape.
/// </remarks>
internal sealed class CrossAttention : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly AttentionShape _shape;
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly ModuleList<Linear> to_out;

    /// <summary>A layer with fresh weights that looks at a context of so many channels.</summary>
    public CrossAttention(AttentionShape shape, int contextChannels) : base(nameof(CrossAttention))
    {
        _shape = shape;
        to_q = Layers.Linear(shape.Channels, shape.Channels, bias: false);
        to_k = Layers.Linear(contextChannels, shape.Channels, bias: false);
        to_v = Layers.Linear(contextChannels, shape.Channels, bias: false);
        to_out = [Layers.Linear(shape.Channels, shape.Channels)];
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor tokens, Tensor context) => Attend(tokens, context, []);

    /// <summary>Attention to a context, and with keys and values of its own to each picture.</summary>
    /// <param name="tokens">[batch, n, Channels].</param>
    /// <param name="context">[batch, m, context channels].</param>
    /// <param name="images">A picture's keys and values, and how much its attention counts, [batch].</param>
    public Tensor Attend(Tensor tokens, Tensor context, IEnumerable<(Tensor Key, Tensor Value, Tensor Scale)> images)
    {
        using var scope = NewDisposeScope();
        Tensor query = to_q.call(tokens), attended = Attend(query, to_k.call(context), to_v.call(context));
        foreach ((Tensor key, Tensor value, Tensor scale) in images)
            attended = attended + Attend(query, key, value) * scale.to(query.dtype).view(-1, 1, 1);
        return Output(attended).MoveToOuterDisposeScope();
    }

    /// <summary>Self-attention that keeps its weights.</summary>
    public Tensor Attend(Tensor tokens, AttentionProbe probe)
    {
        using var scope = NewDisposeScope();
        Tensor value = to_v.call(tokens), weights = DotProductAttention.Weights(to_q.call(tokens), to_k.call(tokens), _shape.Heads);
        probe.Keep(weights);
        return Output(einsum("bhnm,bmhc->bnhc", weights, value.view(value.shape[0], value.shape[1], _shape.Heads, -1)).flatten(2)).MoveToOuterDisposeScope();
    }

    /// <summary>Self-attention in which each token sees itself alone: perturbed-attention guidance's identity (Ahn et al. 2024).</summary>
    public Tensor SeeItself(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        return Output(to_v.call(tokens)).MoveToOuterDisposeScope();
    }

    private Tensor Output(Tensor attended) => nn.functional.dropout(to_out[0].call(attended), _shape.Dropout, training);

    private Tensor Attend(Tensor query, Tensor key, Tensor value)
    {
        if (!_shape.Upcast || query.dtype == ScalarType.Float32) return DotProductAttention.Attend(query, key, value, _shape.Heads);
        Tensor attended = DotProductAttention.Attend(query.to(ScalarType.Float32), key.to(ScalarType.Float32), value.to(ScalarType.Float32), _shape.Heads);
        return attended.to(query.dtype);
    }
}
