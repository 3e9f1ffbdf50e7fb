using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.UNet;

/// <summary>The bottom of a U-Net: residual block, attention, residual block.</summary>
/// <remarks>Keys: <c>resnets.0, attentions.0, resnets.1</c>. <c>forward(hidden, time)</c> keeps the shape.</remarks>
public sealed class UNetMidBlock2D : nn.Module<Tensor, Tensor?, Tensor>
{
    private readonly ModuleList<ResnetBlock2D> resnets;
    private readonly ModuleList<AttentionBlock>? attentions;

    /// <summary>A block with fresh weights.</summary>
    /// <param name="channels">Channels of input and result.</param>
    /// <param name="settings">Of the residual blocks.</param>
    /// <param name="attention">Between them; null for none.</param>
    public UNetMidBlock2D(int channels, ResnetSettings settings, AttentionBlock? attention) : base(nameof(UNetMidBlock2D))
    {
        resnets = [new(channels, channels, settings), new(channels, channels, settings)];
        if (attention is not null) attentions = [attention];
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor hidden, Tensor? time)
    {
        using var scope = NewDisposeScope();
        Tensor features = resnets[0].call(hidden, time);
        if (attentions is not null) features = attentions[0].call(features);
        return resnets[1].call(features, time).MoveToOuterDisposeScope();
    }
}
