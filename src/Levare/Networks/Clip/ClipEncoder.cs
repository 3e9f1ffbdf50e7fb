using Levare.Networks.Attention;
using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Clip;

/// <summary>CLIP's transformer layers (Radford et al. 2021), norms first. [batch, tokens, width] in and out. Keys: <c>layers.N</c>.</summary>
internal sealed class ClipEncoder : nn.Module<Tensor, IReadOnlyList<Tensor>>
{
    private readonly ModuleList<ClipEncoderLayer> layers;

    public ClipEncoder(ClipEncoderConfig config, AttentionPattern pattern) : base(nameof(ClipEncoder))
    {
        layers = [.. Enumerable.Range(0, config.Layers).Select(_ => new ClipEncoderLayer(config, pattern))];
        RegisterComponents();
    }

    /// <summary>The states in front of the first layer (the argument itself) and behind each.</summary>
    public override IReadOnlyList<Tensor> forward(Tensor embedded)
    {
        List<Tensor> states = [embedded];
        foreach (ClipEncoderLayer layer in layers) states.Add(layer.call(states[^1]));
        return states;
    }
}

/// <summary>One layer: attention and a feed-forward part, each added to its input.</summary>
internal sealed class ClipEncoderLayer : nn.Module<Tensor, Tensor>
{
    private readonly ClipAttention self_attn;
    private readonly LayerNorm layer_norm1;
    private readonly ClipFeedForward mlp;
    private readonly LayerNorm layer_norm2;

    public ClipEncoderLayer(ClipEncoderConfig config, AttentionPattern pattern) : base(nameof(ClipEncoderLayer))
    {
        self_attn = new(config, pattern);
        layer_norm1 = Layers.LayerNorm(config.Width, config.NormEpsilon);
        mlp = new(config);
        layer_norm2 = Layers.LayerNorm(config.Width, config.NormEpsilon);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor attended = x + self_attn.call(layer_norm1.call(x));
        return (attended + mlp.call(layer_norm2.call(attended))).MoveToOuterDisposeScope();
    }
}

/// <summary>Multi-head self-attention.</summary>
internal sealed class ClipAttention : nn.Module<Tensor, Tensor>
{
    private readonly int _heads;
    private readonly AttentionPattern _pattern;
    private readonly Linear q_proj;
    private readonly Linear k_proj;
    private readonly Linear v_proj;
    private readonly Linear out_proj;

    public ClipAttention(ClipEncoderConfig config, AttentionPattern pattern) : base(nameof(ClipAttention))
    {
        (_heads, _pattern) = (config.Heads, pattern);
        q_proj = Layers.Linear(config.Width, config.Width);
        k_proj = Layers.Linear(config.Width, config.Width);
        v_proj = Layers.Linear(config.Width, config.Width);
        out_proj = Layers.Linear(config.Width, config.Width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return out_proj.call(DotProductAttention.Attend(q_proj.call(x), k_proj.call(x), v_proj.call(x), _heads, _pattern)).MoveToOuterDisposeScope();
    }
}

/// <summary>Two linear layers and a non-linearity between them.</summary>
internal sealed class ClipFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly Activation _activation;
    private readonly Linear fc1;
    private readonly Linear fc2;

    public ClipFeedForward(ClipEncoderConfig config) : base(nameof(ClipFeedForward))
    {
        _activation = config.Activation;
        fc1 = Layers.Linear(config.Width, config.InnerWidth);
        fc2 = Layers.Linear(config.InnerWidth, config.Width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return fc2.call(_activation.Apply(fc1.call(x))).MoveToOuterDisposeScope();
    }
}
