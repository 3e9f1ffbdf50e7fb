using System.Collections.Immutable;
using Levare.Networks.Blocks;

namespace Levare.Networks.UNet;

/// <summary>The settings of a <see cref="UNet2D"/>: diffusers' UNet2DModel configuration, with its defaults. Immutable.</summary>
public sealed record UNet2DConfig
{
    /// <summary>Height and width that the network was trained at; null where it is not said.</summary>
    public (int Height, int Width)? SampleSize { get; init; }

    /// <summary>Channels of the input.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Channels of the output; twice the input's where a variance is learned.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>Whether the input, given in 0..1, is brought to -1..1 first.</summary>
    public bool CenterInputSample { get; init; }

    /// <summary>How the time is turned into waves.</summary>
    public TimeEmbeddingType TimeEmbeddingType { get; init; } = TimeEmbeddingType.Positional;

    /// <summary>Channels of the time embedding; four times the first block's when null.</summary>
    public int? TimeEmbeddingDim { get; init; }

    /// <summary>See <see cref="PositionalTimeEmbedding"/>.</summary>
    public double FreqShift { get; init; }

    /// <summary>Whether cosines precede sines.</summary>
    public bool FlipSinToCos { get; init; } = true;

    /// <summary>The blocks from the highest resolution down.</summary>
    public ImmutableArray<DownBlockType> DownBlockTypes { get; init; } =
        [DownBlockType.DownBlock2D, DownBlockType.AttnDownBlock2D, DownBlockType.AttnDownBlock2D, DownBlockType.AttnDownBlock2D];

    /// <summary>Whether there is a block at the bottom.</summary>
    public bool HasMidBlock { get; init; } = true;

    /// <summary>The blocks from the lowest resolution up.</summary>
    public ImmutableArray<UpBlockType> UpBlockTypes { get; init; } =
        [UpBlockType.AttnUpBlock2D, UpBlockType.AttnUpBlock2D, UpBlockType.AttnUpBlock2D, UpBlockType.UpBlock2D];

    /// <summary>Channels at each resolution, from the highest down.</summary>
    public ImmutableArray<int> BlockOutChannels { get; init; } = [224, 448, 672, 896];

    /// <summary>Residual blocks of a down block; an up block has one more.</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>The residual sums of the bottom are divided by it.</summary>
    public double MidBlockScaleFactor { get; init; } = 1;

    /// <summary>Padding of the strided convolutions; 0 pads at the right and bottom only.</summary>
    public int DownsamplePadding { get; init; } = 1;

    /// <summary>What halves the resolution after attention blocks.</summary>
    public ResampleType DownsampleType { get; init; } = ResampleType.Conv;

    /// <summary>What doubles the resolution after attention blocks.</summary>
    public ResampleType UpsampleType { get; init; } = ResampleType.Conv;

    /// <summary>The share of activations that the residual blocks drop while training.</summary>
    public double Dropout { get; init; }

    /// <summary>The non-linearity of the residual blocks.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>Channels of an attention head; one head over all channels when null.</summary>
    public int? AttentionHeadDim { get; init; } = 8;

    /// <summary>Groups of the norms; null only with NCSN++'s blocks, which count their own.</summary>
    public int? NormNumGroups { get; init; } = 32;

    /// <summary>Groups of the norm before the bottom's attention; when null those of the other norms, or no norm at all with <see cref="TimeModulation.ScaleShift"/>.</summary>
    public int? AttnNormNumGroups { get; init; }

    /// <summary>Added to variances.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>How the residual blocks take in the time.</summary>
    public TimeModulation TimeModulation { get; init; } = TimeModulation.Shift;

    /// <summary>Whether the bottom has attention.</summary>
    public bool AddAttention { get; init; } = true;

    /// <summary>What the network is told of a class; null for an unconditional network.</summary>
    public ClassEmbeddingType? ClassEmbedding { get; init; }

    /// <summary>The number of classes, for <see cref="ClassEmbeddingType.Learned"/>.</summary>
    public int? NumClassEmbeds { get; init; }

    /// <summary>The number of discrete times, for <see cref="TimeEmbeddingType.Learned"/>.</summary>
    public int? NumTrainTimesteps { get; init; }

    /// <summary>Channels of the time embedding.</summary>
    public int TimeChannels => TimeEmbeddingDim ?? 4 * BlockOutChannels[0];

    /// <summary>What height and width must be divisible by: every resolution but the last halves them.</summary>
    public int SideMultiple => 1 << (BlockOutChannels.Length - 1);

    /// <summary>Checks that the settings fit together.</summary>
    /// <exception cref="InvalidDataException">They do not: the message names the setting.</exception>
    public void Validate()
    {
        // The upper bounds lie far above any network there is; a file that passes them is broken, and would ask for all memory.
        Require(BlockOutChannels.Length is > 0 and <= 16, $"block_out_channels has {BlockOutChannels.Length} entries, not 1 to 16");
        Require(BlockOutChannels.All(channels => channels is > 0 and <= 1 << 16), "block_out_channels holds a number that is not in 1..65536");
        Require(DownBlockTypes.Length == BlockOutChannels.Length, $"down_block_types has {DownBlockTypes.Length} entries where block_out_channels has {BlockOutChannels.Length}");
        Require(UpBlockTypes.Length == BlockOutChannels.Length, $"up_block_types has {UpBlockTypes.Length} entries where block_out_channels has {BlockOutChannels.Length}");
        Require(InChannels is > 0 and <= 1 << 16 && OutChannels is > 0 and <= 1 << 16, "in_channels and out_channels must be in 1..65536");
        Require(LayersPerBlock is > 0 and <= 64, $"layers_per_block {LayersPerBlock} is not in 1..64");
        Require(DownsamplePadding is 0 or 1, $"downsample_padding {DownsamplePadding} is neither 0 nor 1");
        Require(Dropout is >= 0 and < 1, $"dropout {Dropout} is not in 0..1");
        Require(TimeChannels is > 0 and <= 1 << 18, $"time_embedding_dim {TimeChannels} is not in 1..262144");
        Require(TimeEmbeddingType != TimeEmbeddingType.Learned || NumTrainTimesteps is > 0 and <= 1 << 20, "a learned time embedding needs num_train_timesteps, at most 1048576");
        Require(ClassEmbedding != ClassEmbeddingType.Learned || NumClassEmbeds is > 0 and <= 1 << 20, "a learned class embedding needs num_class_embeds, at most 1048576");
        bool ownGroups = DownBlockTypes.All(type => type is DownBlockType.SkipDownBlock2D or DownBlockType.AttnSkipDownBlock2D)
            && UpBlockTypes.All(type => type is UpBlockType.SkipUpBlock2D or UpBlockType.AttnSkipUpBlock2D);
        Require(NormNumGroups is not null || ownGroups, "norm_num_groups is null, which only the Skip blocks allow");
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition) throw new InvalidDataException($"The UNet2D configuration is not sound: {otherwise}.");
    }
}
