using Levare.Networks.Blocks;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.UNet;

/// <summary>Builds the blocks of a <see cref="UNet2D"/> from its configuration.</summary>
internal sealed class UNet2DBlocks(UNet2DConfig config)
{
    // NCSN++'s blocks work on pictures of three channels and keep the variance of residual sums, whatever the configuration says.
    private const int ImageChannels = 3;
    private const int SkipAttentionGroups = 32;
    private static readonly double SkipScale = Math.Sqrt(2);

    private readonly ResolutionChannels _channels = new(config.BlockOutChannels);

    public IEnumerable<DownBlock> Down() => config.DownBlockTypes.Select(Down);

    public UNetMidBlock2D? Mid()
    {
        if (!config.HasMidBlock) return null;
        int channels = config.BlockOutChannels[^1];
        ResnetSettings settings = Settings(config.NormNumGroups ?? OwnGroups(channels), config.MidBlockScaleFactor);
        int? attentionGroups = config.AttnNormNumGroups ?? (config.TimeModulation == TimeModulation.Shift ? settings.Groups : null);
        return new(
            [new(channels, channels, settings), new(channels, channels, settings)],
            config.AddAttention ? [Attention(channels, attentionGroups, config.MidBlockScaleFactor)] : []);
    }

    public IEnumerable<UpBlock> Up() => config.UpBlockTypes.Select(Up);

    private DownBlock Down(DownBlockType type, int block)
    {
        (int output, bool isLast) = (_channels.Down(block), _channels.IsLast(block));
        IEnumerable<int> inputs = _channels.DownInputs(block, config.LayersPerBlock);
        if (type is DownBlockType.SkipDownBlock2D or DownBlockType.AttnSkipDownBlock2D)
            return new SkipDownBlock(
                inputs.Select(channels => new ResnetBlock2D(channels, output, SkipSettings(OwnGroups(channels), output))),
                type == DownBlockType.AttnSkipDownBlock2D ? Attentions(config.LayersPerBlock, output, SkipAttentionGroups, SkipScale) : null,
                isLast ? null : SkipResample(output, Resampling.FirDown), ImageChannels, output);
        return new PlainDownBlock(
            inputs.Select(channels => new ResnetBlock2D(channels, output, Settings(Groups))),
            type == DownBlockType.AttnDownBlock2D ? Attentions(config.LayersPerBlock, output, Groups, 1) : null,
            isLast ? null : Downsampler(type, output));
    }

    private UpBlock Up(UpBlockType type, int block)
    {
        int layers = config.LayersPerBlock + 1;
        (int own, bool isLast) = (_channels.Up(block), _channels.IsLast(block));
        IEnumerable<(int Hidden, int Skip)> inputs = _channels.UpInputs(block, layers);
        if (type is UpBlockType.SkipUpBlock2D or UpBlockType.AttnSkipUpBlock2D)
        {
            bool attends = type == UpBlockType.AttnSkipUpBlock2D;
            return new SkipUpBlock(
                inputs.Select(c => new ResnetBlock2D(c.Hidden + c.Skip, own, SkipSettings(JoinedGroups(c.Hidden, c.Skip, attends), own))),
                attends ? Attention(own, SkipAttentionGroups, SkipScale) : null,
                isLast ? null : SkipResample(own, Resampling.FirUp), ImageChannels, own, OwnGroups(own), config.NormEps);
        }
        return new PlainUpBlock(
            inputs.Select(c => new ResnetBlock2D(c.Hidden + c.Skip, own, Settings(Groups))),
            type == UpBlockType.AttnUpBlock2D ? Attentions(layers, own, Groups, 1) : null,
            isLast ? null : Upsampler(type, own));
    }

    private nn.Module Downsampler(DownBlockType type, int channels) =>
        type == DownBlockType.ResnetDownsampleBlock2D || (type == DownBlockType.AttnDownBlock2D && config.DownsampleType == ResampleType.Resnet)
            ? new ResnetBlock2D(channels, channels, Settings(Groups) with { Resampling = Resampling.Down })
            : new Downsample2D(channels, channels, config.DownsamplePadding);

    private nn.Module Upsampler(UpBlockType type, int channels) =>
        type == UpBlockType.ResnetUpsampleBlock2D || (type == UpBlockType.AttnUpBlock2D && config.UpsampleType == ResampleType.Resnet)
            ? new ResnetBlock2D(channels, channels, Settings(Groups) with { Resampling = Resampling.Up })
            : new Upsample2D(channels, channels);

    private ResnetBlock2D SkipResample(int channels, Resampling resampling) =>
        new(channels, channels, SkipSettings(OwnGroups(channels), channels) with { Resampling = resampling, ProjectsShortcut = true });

    private IEnumerable<AttentionBlock> Attentions(int count, int channels, int groups, double scale) =>
        Enumerable.Range(0, count).Select(_ => Attention(channels, groups, scale));

    private AttentionBlock Attention(int channels, int? groups, double scale) =>
        new(channels, config.AttentionHeadDim ?? channels, groups, config.NormEps, scale);

    private int Groups => config.NormNumGroups ?? throw new InvalidOperationException("norm_num_groups is null beside blocks that need it.");

    private static int OwnGroups(int channels) => Math.Min(channels / 4, 32);

    // With attention, published models divide the skip's channels only; their checkpoints were trained so.
    private static int JoinedGroups(int hidden, int skip, bool attends) => attends ? Math.Min(hidden + skip / 4, 32) : OwnGroups(hidden + skip);

    private ResnetSettings SkipSettings(int groups, int output) => Settings(groups, SkipScale) with { GroupsOut = OwnGroups(output) };

    private ResnetSettings Settings(int groups, double scale = 1) => new()
    {
        TimeChannels = config.TimeChannels,
        Groups = groups,
        Epsilon = config.NormEps,
        Dropout = config.Dropout,
        Activation = config.Activation,
        Modulation = config.TimeModulation,
        OutputScale = scale,
    };
}
