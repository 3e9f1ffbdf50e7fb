using Levare.Networks.Attention;
using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Control;

/// <summary>Makes tokens for cross-attention of what an image encoder says. <c>forward(embedding)</c>: one picture a row -> [pictures, tokens, width].</summary>
internal abstract class ImageProjection(string name, int inputDimensions, int inputChannels) : nn.Module<Tensor, Tensor>(name)
{
    /// <summary>The number of dimensions of a batch of embeddings.</summary>
    public int InputDimensions => inputDimensions;

    /// <summary>The channels of an embedding.</summary>
    public int InputChannels => inputChannels;
}

/// <summary>IP-Adapter's: one vector of the whole picture becomes a few tokens. Keys: <c>proj, norm</c>. [pictures, channels].</summary>
internal sealed class LinearImageProjection : ImageProjection
{
    private readonly Linear proj;
    private readonly LayerNorm norm;

    /// <summary>Layers with fresh weights.</summary>
    public LinearImageProjection(int channels, int tokens, int width) : base(nameof(LinearImageProjection), 2, channels)
    {
        proj = Layers.Linear(channels, tokens * width);
        norm = Layers.LayerNorm(width);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor embedding)
    {
        using var scope = NewDisposeScope();
        return norm.call(proj.call(embedding).view(embedding.shape[0], -1, norm.weight.shape[0])).MoveToOuterDisposeScope();
    }
}

/// <summary>IP-Adapter Full's: every token of the picture by itself. Keys: <c>proj.0, proj.2, proj.3</c>. [pictures, tokens, channels].</summary>
internal sealed class TokenwiseImageProjection : ImageProjection
{
    private readonly ModuleList<nn.Module<Tensor, Tensor>> proj;

    /// <summary>Layers with fresh weights.</summary>
    public TokenwiseImageProjection(int channels, int width) : base(nameof(TokenwiseImageProjection), 3, channels)
    {
        proj = [Layers.Linear(channels, channels), nn.GELU(), Layers.Linear(channels, width), Layers.LayerNorm(width)];
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor embedding)
    {
        using var scope = NewDisposeScope();
        return proj.Aggregate(embedding, (x, layer) => layer.call(x)).MoveToOuterDisposeScope();
    }
}

/// <summary>IP-Adapter Plus's: learned queries gather what they need from the picture's tokens (a perceiver, Alayrac et al. 2022).</summary>
/// <remarks>Keys: <c>latents, proj_in, layers.N.0, layers.N.1, proj_out, norm_out</c>. [pictures, tokens, channels].</remarks>
internal sealed class ResampledImageProjection : ImageProjection
{
    private const int Expansion = 4;
    private readonly Parameter latents;
    private readonly Linear proj_in;
    private readonly ModuleList<ModuleList<nn.Module>> layers;
    private readonly Linear proj_out;
    private readonly LayerNorm norm_out;

    /// <summary>Layers with fresh weights.</summary>
    /// <param name="channels">Of the picture's tokens.</param>
    /// <param name="inner">Of the queries.</param>
    /// <param name="queries">The number of queries.</param>
    /// <param name="depth">The number of layers.</param>
    /// <param name="attention">Channels of all heads together.</param>
    /// <param name="width">Of the result.</param>
    public ResampledImageProjection(int channels, int inner, int queries, int depth, int attention, int width) : base(nameof(ResampledImageProjection), 3, channels)
    {
        latents = new Parameter(zeros(1, queries, inner, device: NetworkConstruction.Device));
        proj_in = Layers.Linear(channels, inner);
        layers = [.. Enumerable.Range(0, depth).Select(_ => new ModuleList<nn.Module>(new PerceiverAttention(inner, attention), FeedForward(inner)))];
        proj_out = Layers.Linear(inner, width);
        norm_out = Layers.LayerNorm(width);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor embedding)
    {
        using var scope = NewDisposeScope();
        Tensor picture = proj_in.call(embedding), queries = latents.expand(embedding.shape[0], -1, -1);
        foreach (ModuleList<nn.Module> layer in layers)
        {
            queries = ((PerceiverAttention)layer[0]).call(picture, queries) + queries;
            queries = ((ModuleList<nn.Module<Tensor, Tensor>>)layer[1]).Aggregate(queries, (x, part) => part.call(x)) + queries;
        }
        return norm_out.call(proj_out.call(queries)).MoveToOuterDisposeScope();
    }

    private static ModuleList<nn.Module<Tensor, Tensor>> FeedForward(int channels) =>
        new(Layers.LayerNorm(channels), Layers.Linear(channels, Expansion * channels, bias: false), nn.GELU(), Layers.Linear(Expansion * channels, channels, bias: false));
}

/// <summary>Attention of queries to a picture's tokens and to themselves. Keys: <c>norm1, norm2, to_q, to_kv, to_out</c>.</summary>
internal sealed class PerceiverAttention : nn.Module<Tensor, Tensor, Tensor>
{
    /// <summary>Channels of a head, the same in all published adapters; no file says it.</summary>
    public const int HeadChannels = 64;

    private readonly int _heads;
    private readonly LayerNorm norm1;
    private readonly LayerNorm norm2;
    private readonly Linear to_q;
    private readonly Linear to_kv;
    private readonly Linear to_out;

    /// <summary>Layers with fresh weights.</summary>
    public PerceiverAttention(int channels, int attention) : base(nameof(PerceiverAttention))
    {
        _heads = attention / HeadChannels;
        norm1 = Layers.LayerNorm(channels);
        norm2 = Layers.LayerNorm(channels);
        to_q = Layers.Linear(channels, attention, bias: false);
        to_kv = Layers.Linear(channels, 2 * attention, bias: false);
        to_out = Layers.Linear(attention, channels, bias: false);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor picture, Tensor queries)
    {
        using var scope = NewDisposeScope();
        Tensor normed = norm2.call(queries);
        Tensor[] keyAndValue = to_kv.call(cat([norm1.call(picture), normed], 1)).chunk(2, dim: -1);
        return to_out.call(DotProductAttention.Attend(to_q.call(normed), keyAndValue[0], keyAndValue[1], _heads)).MoveToOuterDisposeScope();
    }
}
