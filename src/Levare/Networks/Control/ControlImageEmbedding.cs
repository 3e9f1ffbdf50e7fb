using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Control;

/// <summary>A control picture's way to features of latents: convolutions, of which every second halves height and width (Zhang et al. 2023, section 3.2).</summary>
/// <remarks>Keys: <c>conv_in, blocks.N, conv_out</c>. [batch, channels, height, width] -> [batch, features, height/2^n, width/2^n].</remarks>
internal sealed class ControlImageEmbedding : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv_in;
    private readonly ModuleList<Conv2d> blocks;
    private readonly Conv2d conv_out;

    /// <summary>Layers with fresh weights.</summary>
    public ControlImageEmbedding(ControlNetConfig config) : base(nameof(ControlImageEmbedding))
    {
        conv_in = Layers.Conv2d(config.ImageChannels, config.EmbeddingChannels[0], 3, padding: 1);
        blocks =
        [
            .. config.EmbeddingChannels.Zip(config.EmbeddingChannels.Skip(1)).SelectMany(pair => (Conv2d[])
                [Layers.Conv2d(pair.First, pair.First, 3, padding: 1), Layers.Conv2d(pair.First, pair.Second, 3, stride: 2, padding: 1)]),
        ];
        conv_out = Layers.Conv2d(config.EmbeddingChannels[^1], config.Encoder.BlockOutChannels[0], 3, padding: 1);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor picture)
    {
        using var scope = NewDisposeScope();
        Tensor features = blocks.Aggregate(nn.functional.silu(conv_in.call(picture)), (x, layer) => nn.functional.silu(layer.call(x)));
        return conv_out.call(features).MoveToOuterDisposeScope();
    }
}
