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
    public override Tensor forward(Tensor tokens, Tensor context)
    {
        using var scope = NewDisposeScope();
        Tensor attended = Attend(to_q.call(tokens), to_k.call(context), to_v.call(context));
        return nn.functional.dropout(to_out[0].call(attended), _shape.Dropout, training).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor query, Tensor key, Tensor value)
    {
        if (!_shape.Upcast || query.dtype == ScalarType.Float32) return DotProductAttention.Attend(query, key, value, _shape.Heads);
        Tensor attended = DotProductAttention.Attend(query.to(ScalarType.Float32), key.to(ScalarType.Float32), value.to(ScalarType.Float32), _shape.Heads);
        return attended.to(query.dtype);
    }
}
