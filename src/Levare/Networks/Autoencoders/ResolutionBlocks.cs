using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Autoencoders;

/// <summary>One resolution of an encoder: residual blocks, each with attention behind it where there is any, then a convolution that halves height and width.</summary>
/// <remarks>Keys: <c>resnets.N, attentions.N, downsamplers.0</c>.</remarks>
internal sealed class EncoderBlock : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<ResnetBlock2D> resnets;
    private readonly ModuleList<AttentionBlock>? attentions;
    private readonly ModuleList<Downsample2D>? downsamplers;

    /// <summary>A block of given layers.</summary>
    /// <param name="resnets">One or more.</param>
    /// <param name="attentions">As many, or null.</param>
    /// <param name="downsampler">Null at the lowest resolution.</param>
    public EncoderBlock(IEnumerable<ResnetBlock2D> resnets, IEnumerable<AttentionBlock>? attentions, Downsample2D? downsampler) : base(nameof(EncoderBlock))
    {
        this.resnets = [.. resnets];
        if (attentions is not null) this.attentions = [.. attentions];
        if (downsampler is not null) downsamplers = [downsampler];
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        Tensor features = Residuals.Of(resnets, attentions, hidden);
        return (downsamplers is null ? features : downsamplers[0].call(features)).MoveToOuterDisposeScope();
    }
}

/// <summary>The lowest resolution of an encoder or decoder: a residual block, attention where there is any, a residual block.</summary>
/// <remarks>Keys: <c>resnets.0, attentions.0, resnets.1</c>.</remarks>
internal sealed class MiddleBlock : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<ResnetBlock2D> resnets;
    private readonly ModuleList<AttentionBlock>? attentions;

    /// <summary>A block of given layers.</summary>
    /// <param name="resnets">Two.</param>
    /// <param name="attention">Between them, or null.</param>
    public MiddleBlock(IEnumerable<ResnetBlock2D> resnets, AttentionBlock? attention) : base(nameof(MiddleBlock))
    {
        this.resnets = [.. resnets];
        if (attention is not null) attentions = [attention];
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        Tensor features = resnets[0].call(hidden, null);
        if (attentions is not null) features = attentions[0].call(features);
        return resnets[1].call(features, null).MoveToOuterDisposeScope();
    }
}

/// <summary>One resolution of a decoder: residual blocks, each with attention behind it where there is any, then repeated pixels and a convolution.</summary>
/// <remarks>Keys: <c>resnets.N, attentions.N, upsamplers.0</c>.</remarks>
internal sealed class DecoderBlock : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<ResnetBlock2D> resnets;
    private readonly ModuleList<AttentionBlock>? attentions;
    private readonly ModuleList<Upsample2D>? upsamplers;

    /// <summary>A block of given layers.</summary>
    /// <param name="resnets">One or more.</param>
    /// <param name="attentions">As many, or null.</param>
    /// <param name="upsampler">Null at the highest resolution.</param>
    public DecoderBlock(IEnumerable<ResnetBlock2D> resnets, IEnumerable<AttentionBlock>? attentions, Upsample2D? upsampler) : base(nameof(DecoderBlock))
    {
        this.resnets = [.. resnets];
        if (attentions is not null) this.attentions = [.. attentions];
        if (upsampler is not null) upsamplers = [upsampler];
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        Tensor features = Residuals.Of(resnets, attentions, hidden);
        return (upsamplers is null ? features : upsamplers[0].call(features)).MoveToOuterDisposeScope();
    }
}

/// <summary>What both kinds of block begin with.</summary>
file static class Residuals
{
    public static Tensor Of(ModuleList<ResnetBlock2D> resnets, ModuleList<AttentionBlock>? attentions, Tensor hidden)
    {
        Tensor features = hidden;
        for (int i = 0; i < resnets.Count; i++)
        {
            features = Next(features, resnets[i].call(features, null));
            if (attentions is not null) features = Next(features, attentions[i].call(features));
        }
        return features;

        // Feature maps are large: each goes as soon as the next is there, but for the caller's.
        Tensor Next(Tensor old, Tensor next)
        {
            if (!ReferenceEquals(old, hidden)) old.Dispose();
            return next;
        }
    }
}
