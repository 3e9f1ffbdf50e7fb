using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.UNet;

/// <summary>The bottom of a U-Net: a residual block, then attention and another one for each attention that there is.</summary>
/// <remarks>Keys: <c>resnets.N, attentions.N</c>. <c>forward(hidden, context)</c> keeps the shape.</remarks>
internal sealed class UNetMidBlock2D : nn.Module<Tensor, UNetContext, Tensor>
{
    private readonly ModuleList<ResnetBlock2D> resnets;
    private readonly ModuleList<nn.Module> attentions;

    /// <summary>A block with fresh weights.</summary>
    /// <param name="resnets">One or more.</param>
    /// <param name="attentions">Between them, of those that <see cref="BlockLayers"/> knows: one for each residual block but the first; none for residual blocks alone.</param>
    public UNetMidBlock2D(IEnumerable<ResnetBlock2D> resnets, IEnumerable<nn.Module> attentions) : base(nameof(UNetMidBlock2D))
    {
        this.resnets = [.. resnets];
        this.attentions = [.. attentions];
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor hidden, UNetContext context)
    {
        using var scope = NewDisposeScope();
        hidden = resnets[0].call(hidden, context.Time);
        for (int i = 1; i < resnets.Count; i++)
        {
            if (attentions.Count > 0) hidden = BlockLayers.Attend(attentions[i - 1], hidden, context);
            hidden = resnets[i].call(hidden, context.Time);
        }
        return hidden.MoveToOuterDisposeScope();
    }
}
