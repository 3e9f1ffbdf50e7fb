using System.Collections.Immutable;
using Levare.Networks.Attention;
using Levare.Networks.Blocks;

namespace Levare.Networks.UNet;

/// <summary>Builds the blocks of a <see cref="UNet2DCondition"/>, and of the networks that accompany it, from its configuration.</summary>
internal sealed class UNet2DConditionBlocks(UNet2DConditionConfig config)
{
    private readonly ResolutionChannels _channels = new(config.BlockOutChannels);

    private TokenProjection Projection => config.UseLinearProjection ? TokenProjection.Linear : TokenProjection.Convolution;

    public IEnumerable<DownBlock> Down() => config.DownBlockTypes.Select(Down);

    public UNetMidBlock2D? Mid()
    {
        if (config.MidBlockType is not { } type) return null;
        int channels = config.BlockOutChannels[^1];
        ResnetBlock2D Resnet() => new(channels, channels, Settings with { OutputScale = config.MidBlockScaleFactor });
        return type == ConditionMidBlockType.UNetMidBlock2D
            ? new([Resnet()], [])
            : new([Resnet(), Resnet()], [Transformer("mid_block.attentions.0", channels, config.TransformerLayers[^1][0], config.AttentionAt(_channels.Count - 1))]);
    }

    public IEnumerable<UpBlock> Up() => config.UpBlockTypes.Select(Up);

    private PlainDownBlock Down(ConditionDownBlockType type, int block)
    {
        (int output, int layers) = (_channels.Down(block), config.LayersPerBlock[block]);
        AttentionShape shape = config.AttentionAt(block) with { OnlyCrossAttention = config.OnlyCrossAttention[block] };
        return new(
            _channels.DownInputs(block, layers).Select(input => new ResnetBlock2D(input, output, Settings)),
            type == ConditionDownBlockType.CrossAttnDownBlock2D
                ? Enumerable.Range(0, layers).Select(layer => Transformer($"down_blocks.{block}.attentions.{layer}", output, Count(config.TransformerLayers[block], layer), shape))
                : null,
            _channels.IsLast(block) ? null : new Downsample2D(output, output, config.DownsamplePadding));
    }

    private PlainUpBlock Up(ConditionUpBlockType type, int block)
    {
        int resolution = _channels.Count - 1 - block;
        (int output, int layers) = (_channels.Up(block), config.LayersPerBlock[resolution] + 1);
        AttentionShape shape = config.AttentionAt(resolution) with { OnlyCrossAttention = config.OnlyCrossAttention[resolution] };
        ImmutableArray<int> counts = config.UpTransformerLayers?[block] ?? config.TransformerLayers[resolution];
        return new(
            _channels.UpInputs(block, layers).Select(input => new ResnetBlock2D(input.Hidden + input.Skip, output, Settings)),
            type == ConditionUpBlockType.CrossAttnUpBlock2D
                ? Enumerable.Range(0, layers).Select(layer => Transformer($"up_blocks.{block}.attentions.{layer}", output, Count(counts, layer), shape))
                : null,
            _channels.IsLast(block) ? null : new Upsample2D(output, output));
    }

    private Transformer2D Transformer(string key, int channels, int layers, AttentionShape shape) => new(key, channels, config.NormNumGroups, layers, Projection, shape);

    private static int Count(ImmutableArray<int> counts, int layer) => counts.Length == 1 ? counts[0] : counts[layer];

    private ResnetSettings Settings => new()
    {
        TimeChannels = config.BlockTimeChannels,
        Groups = config.NormNumGroups,
        Epsilon = config.NormEps,
        Dropout = config.Dropout,
        Activation = config.Activation,
        Modulation = config.TimeModulation,
    };
}
