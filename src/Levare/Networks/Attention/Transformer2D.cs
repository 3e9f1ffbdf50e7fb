using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Attention;

/// <summary>What leads from the channels of a feature map to those of a transformer's tokens, and back.</summary>
internal enum TokenProjection
{
    /// <summary>1x1 convolutions of the feature map.</summary>
    Convolution,

    /// <summary>Linear layers on the tokens.</summary>
    Linear,
}

/// <summary>A transformer between the pixels of a feature map that looks at a context, as a residual block (Rombach et al. 2022).</summary>
/// <remarks>Keys: <c>norm, proj_in, transformer_blocks.N, proj_out</c>. <c>forward(x, context)</c>: [batch, channels, height, width] keeps its shape.</remarks>
internal sealed class Transformer2D : nn.Module<Tensor, AttentionContext, Tensor>
{
    private const double Epsilon = 1e-6;
    private readonly TokenProjection _projection;
    private readonly GroupNorm norm;
    private readonly nn.Module<Tensor, Tensor> proj_in;
    private readonly ModuleList<BasicTransformerBlock> transformer_blocks;
    private readonly nn.Module<Tensor, Tensor> proj_out;

    /// <summary>A transformer with fresh weights.</summary>
    /// <param name="key">Its key in the whole network.</param>
    /// <param name="channels">Channels of the feature map.</param>
    /// <param name="groups">Groups of the norm in front.</param>
    /// <param name="layers">The number of blocks.</param>
    /// <param name="projection">What is between feature map and tokens.</param>
    /// <param name="shape">Of the attention layers.</param>
    public Transformer2D(string key, int channels, int groups, int layers, TokenProjection projection, AttentionShape shape) : base(nameof(Transformer2D))
    {
        _projection = projection;
        norm = Normalisation.Group(groups, channels, Epsilon);
        proj_in = Project(channels, shape.Channels);
        transformer_blocks = [.. Enumerable.Range(0, layers).Select(layer => new BasicTransformerBlock($"{key}.{nameof(transformer_blocks)}.{layer}", shape))];
        proj_out = Project(shape.Channels, channels);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        (long height, long width) = (x.shape[2], x.shape[3]);
        Tensor normed = norm.call(x);
        Tensor tokens = _projection == TokenProjection.Linear ? proj_in.call(Tokens(normed)) : Tokens(proj_in.call(normed));
        foreach (BasicTransformerBlock block in transformer_blocks) tokens = block.call(tokens, context);
        Tensor output = _projection == TokenProjection.Linear ? Pixels(proj_out.call(tokens), height, width) : proj_out.call(Pixels(tokens, height, width));
        return (output + x).MoveToOuterDisposeScope();
    }

    private nn.Module<Tensor, Tensor> Project(int input, int output) =>
        _projection == TokenProjection.Linear ? Layers.Linear(input, output) : Layers.Conv2d(input, output, 1);

    private static Tensor Tokens(Tensor pixels) => pixels.flatten(2).transpose(1, 2);

    private static Tensor Pixels(Tensor tokens, long height, long width) => tokens.transpose(1, 2).reshape(tokens.shape[0], tokens.shape[2], height, width);
}
