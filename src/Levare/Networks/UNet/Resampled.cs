using Levare.Networks.Blocks;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.UNet;

/// <summary>Calls the layer at the end of a block, which is a convolution or a residual block.</summary>
internal static class Resampled
{
    public static Tensor By(nn.Module layer, Tensor hidden, Tensor? time) => layer switch
    {
        ResnetBlock2D resnet => resnet.call(hidden, time),
        nn.Module<Tensor, Tensor> convolution => convolution.call(hidden),
        _ => throw new InvalidOperationException($"A {layer.GetName()} cannot change the resolution of a block."),
    };
}
