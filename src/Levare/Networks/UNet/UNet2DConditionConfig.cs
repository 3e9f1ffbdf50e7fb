using System.Collections.Immutable;
using Levare.Networks.Attention;
using Levare.Networks.Blocks;

namespace Levare.Networks.UNet;

/// <summary>The settings of a <see cref="UNet2DCondition"/>: diffusers' UNet2DConditionModel configuration, with its defaults. Immutable.</summary>
/// <remarks>What may differ by resolution is a list, from the highest resolution down.</remarks>
public sealed record UNet2DConditionConfig
{
    /// <summary>Height and width of the latents that the network was trained at; null where it is not said.</summary>
    public (int Height, int Width)? SampleSize { get; init; }

    /// <summary>Channels of the input, with those that a condition puts behind the state.</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Channels of the output.</summary>
    public int OutChannels { get; init; } = 4;

    /// <summary>Whether the input, given in 0..1, is brought to -1..1 first.</summary>
    public bool CenterInputSample { get; init; }

    /// <summary>Side of the first convolution's kernel; odd.</summary>
    public int ConvInKernel { get; init; } = 3;

    /// <summary>Side of the last convolution's kernel; odd.</summary>
    public int ConvOutKernel { get; init; } = 3;

    /// <summary>How the time is turned into waves: positional or Fourier.</summary>
    public TimeEmbeddingType TimeEmbeddingType { get; init; } = TimeEmbeddingType.Positional;

    /// <summary>Channels of the time embedding; a multiple of the first block's when null: four times, with Fourier waves twice.</summary>
    public int? TimeEmbeddingDim { get; init; }

    /// <summary>See <see cref="PositionalTimeEmbedding"/>.</summary>
    public double FreqShift { get; init; }

    /// <summary>Whether cosines precede sines.</summary>
    public bool FlipSinToCos { get; init; } = true;

    /// <summary>Behind the second layer of the time embedding; null for none.</summary>
    public Activation? TimestepPostActivation { get; init; }

    /// <summary>On the sum of all that makes the time embedding; null for none.</summary>
    public Activation? TimeEmbeddingActivation { get; init; }

    /// <summary>Width of <see cref="Conditioning.ConditionNames.TimestepCondition"/>; null for networks that know none.</summary>
    public int? TimeConditionDim { get; init; }

    /// <summary>The blocks from the highest resolution down.</summary>
    public ImmutableArray<ConditionDownBlockType> DownBlockTypes { get; init; } =
        [ConditionDownBlockType.CrossAttnDownBlock2D, ConditionDownBlockType.CrossAttnDownBlock2D, ConditionDownBlockType.CrossAttnDownBlock2D, ConditionDownBlockType.DownBlock2D];

    /// <summary>The block at the bottom; null for none.</summary>
    public ConditionMidBlockType? MidBlockType { get; init; } = ConditionMidBlockType.UNetMidBlock2DCrossAttn;

    /// <summary>The blocks from the lowest resolution up.</summary>
    public ImmutableArray<ConditionUpBlockType> UpBlockTypes { get; init; } =
        [ConditionUpBlockType.UpBlock2D, ConditionUpBlockType.CrossAttnUpBlock2D, ConditionUpBlockType.CrossAttnUpBlock2D, ConditionUpBlockType.CrossAttnUpBlock2D];

    /// <summary>Channels at each resolution.</summary>
    public ImmutableArray<int> BlockOutChannels { get; init; } = [320, 640, 1280, 1280];

    /// <summary>Residual blocks of each down block; the up block of that resolution has one more.</summary>
    public ImmutableArray<int> LayersPerBlock { get; init; } = [2, 2, 2, 2];

    /// <summary>The number of attention heads at each resolution. Configurations call it attention_head_dim.</summary>
    public ImmutableArray<int> AttentionHeads { get; init; } = [8, 8, 8, 8];

    /// <summary>Width of the text that each resolution looks at.</summary>
    public ImmutableArray<int> CrossAttentionDim { get; init; } = [1280, 1280, 1280, 1280];

    /// <summary>Blocks in the transformers of each resolution: one number for all of its layers, or one for each.</summary>
    public ImmutableArray<ImmutableArray<int>> TransformerLayers { get; init; } = [[1], [1], [1], [1]];

    /// <summary>The same for the up blocks, from the lowest resolution up; those of <see cref="TransformerLayers"/>, reversed, when null.</summary>
    public ImmutableArray<ImmutableArray<int>>? UpTransformerLayers { get; init; }

    /// <summary>Whether all attention of a resolution looks at the text, none at the pixels.</summary>
    public ImmutableArray<bool> OnlyCrossAttention { get; init; } = [false, false, false, false];

    /// <summary>Whether linear layers lead to and from the transformers' tokens, or 1x1 convolutions.</summary>
    public bool UseLinearProjection { get; init; }

    /// <summary>Whether attention scores are computed in float32 whatever the network runs in.</summary>
    public bool UpcastAttention { get; init; }

    /// <summary>Width of the text that is brought to <see cref="CrossAttentionDim"/> by a linear layer first; null where it has that width.</summary>
    public int? EncoderHidDim { get; init; }

    /// <summary>The residual sums of the bottom are divided by it.</summary>
    public double MidBlockScaleFactor { get; init; } = 1;

    /// <summary>Padding of the strided convolutions; 0 pads at the right and bottom only.</summary>
    public int DownsamplePadding { get; init; } = 1;

    /// <summary>The share of activations that is dropped while training.</summary>
    public double Dropout { get; init; }

    /// <summary>The non-linearity of the residual blocks and of the time embedding.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>Groups of the norms.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>Added to variances.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>How the residual blocks take in the time.</summary>
    public TimeModulation TimeModulation { get; init; } = TimeModulation.Shift;

    /// <summary>What the network is told of a class; null for none.</summary>
    public ConditionClassEmbedding? ClassEmbedding { get; init; }

    /// <summary>The number of classes, for <see cref="ConditionClassEmbedding.Learned"/>.</summary>
    public int? NumClassEmbeds { get; init; }

    /// <summary>Whether the class is put behind the time instead of added to it.</summary>
    public bool ClassEmbeddingsConcat { get; init; }

    /// <summary>Width of the class labels that are projected, or of all that <see cref="AdditionEmbedding.TextTime"/> joins.</summary>
    public int? ProjectionInputDim { get; init; }

    /// <summary>What is added to the time embedding; null for nothing.</summary>
    public AdditionEmbedding? AdditionEmbedding { get; init; }

    /// <summary>Channels of the waves of one of <see cref="Conditioning.ConditionNames.TimeIds"/>.</summary>
    public int? AdditionTimeEmbedDim { get; init; }

    /// <summary>Channels of the time embedding.</summary>
    public int TimeChannels => TimeEmbeddingDim ?? (TimeEmbeddingType == TimeEmbeddingType.Fourier ? 2 : 4) * BlockOutChannels[0];

    /// <summary>Channels of what the blocks get as time: the time embedding, and the class where it is put behind.</summary>
    internal int BlockTimeChannels => ClassEmbeddingsConcat ? 2 * TimeChannels : TimeChannels;

    /// <summary>Width of the text that the network is given; null where no block looks at one.</summary>
    internal int? TextWidth => Enumerable.Range(0, BlockOutChannels.Length).Where(AttendsToText).Select(i => (int?)(EncoderHidDim ?? CrossAttentionDim[i])).FirstOrDefault();

    private bool AttendsToText(int resolution) =>
        DownBlockTypes[resolution] == ConditionDownBlockType.CrossAttnDownBlock2D || UpBlockTypes[^(resolution + 1)] == ConditionUpBlockType.CrossAttnUpBlock2D
        || (resolution == BlockOutChannels.Length - 1 && MidBlockType == ConditionMidBlockType.UNetMidBlock2DCrossAttn);

    /// <summary>What the transformers of a resolution have in common.</summary>
    internal AttentionShape AttentionAt(int resolution) => new()
    {
        Heads = AttentionHeads[resolution],
        HeadChannels = BlockOutChannels[resolution] / AttentionHeads[resolution],
        ContextChannels = CrossAttentionDim[resolution],
        Upcast = UpcastAttention,
        Dropout = Dropout,
    };

    /// <summary>Checks that the settings fit together.</summary>
    /// <exception cref="InvalidDataException">They do not: the message names the setting.</exception>
    public void Validate()
    {
        // The upper bounds lie far above any network there is; a file that passes them is broken, and would ask for all memory.
        int count = BlockOutChannels.Length;
        Require(count is > 0 and <= 16, $"block_out_channels has {count} entries, not 1 to 16");
        RequireAll("block_out_channels", BlockOutChannels, 1, 1 << 16);
        RequireLength("down_block_types", DownBlockTypes.Length);
        RequireLength("up_block_types", UpBlockTypes.Length);
        RequireLength("layers_per_block", LayersPerBlock.Length);
        RequireAll("layers_per_block", LayersPerBlock, 1, 64);
        RequireLength("attention_head_dim", AttentionHeads.Length);
        RequireLength("cross_attention_dim", CrossAttentionDim.Length);
        RequireAll("cross_attention_dim", CrossAttentionDim, 1, 1 << 16);
        RequireLength("only_cross_attention", OnlyCrossAttention.Length);
        for (int i = 0; i < count; i++)
            Require(AttentionHeads[i] > 0 && AttentionHeads[i] <= BlockOutChannels[i], $"attention_head_dim, the number of heads, is {AttentionHeads[i]} where there are {BlockOutChannels[i]} channels");
        RequireTransformers();
        Require(NormNumGroups > 0 && BlockOutChannels.All(channels => channels % NormNumGroups == 0), $"norm_num_groups {NormNumGroups} does not divide all of block_out_channels");
        Require(InChannels is > 0 and <= 1 << 16 && OutChannels is > 0 and <= 1 << 16, "in_channels and out_channels must be in 1..65536");
        Require(ConvInKernel is > 0 and <= 63 && int.IsOddInteger(ConvInKernel), $"conv_in_kernel {ConvInKernel} is not odd and in 1..63");
        Require(ConvOutKernel is > 0 and <= 63 && int.IsOddInteger(ConvOutKernel), $"conv_out_kernel {ConvOutKernel} is not odd and in 1..63");
        Require(DownsamplePadding is 0 or 1, $"downsample_padding {DownsamplePadding} is neither 0 nor 1");
        Require(Dropout is >= 0 and < 1, $"dropout {Dropout} is not in 0..1");
        Require(TimeChannels is > 0 and <= 1 << 18, $"time_embedding_dim {TimeChannels} is not in 1..262144");
        Require(TimeEmbeddingType is TimeEmbeddingType.Positional or TimeEmbeddingType.Fourier, "time_embedding_type is neither positional nor fourier");
        Require(TimeEmbeddingType == TimeEmbeddingType.Positional || int.IsEvenInteger(TimeChannels), $"time_embedding_dim {TimeChannels} is odd, which fourier waves do not allow");
        Require(TimeConditionDim is null or (> 0 and <= 1 << 16), "time_cond_proj_dim must be in 1..65536");
        Require(EncoderHidDim is null or (> 0 and <= 1 << 16), "encoder_hid_dim must be in 1..65536");
        Require(EncoderHidDim is null || CrossAttentionDim.Distinct().Count() == 1, "encoder_hid_dim leads to one cross_attention_dim, not several");
        Require(ProjectionInputDim is null or (> 0 and <= 1 << 18), "projection_class_embeddings_input_dim must be in 1..262144");
        Require(ClassEmbedding != ConditionClassEmbedding.Learned || NumClassEmbeds is > 0 and <= 1 << 20, "a learned class embedding needs num_class_embeds, at most 1048576");
        Require(ClassEmbedding is not (ConditionClassEmbedding.Projection or ConditionClassEmbedding.SimpleProjection) || ProjectionInputDim is not null,
            "class_embed_type needs projection_class_embeddings_input_dim");
        Require(!ClassEmbeddingsConcat || ClassEmbedding is not null, "class_embeddings_concat is true without a class embedding");
        Require(!ClassEmbeddingsConcat || AdditionEmbedding is null, "class_embeddings_concat leaves no place for addition_embed_type");
        Require(AdditionEmbedding != UNet.AdditionEmbedding.TextTime || (AdditionTimeEmbedDim is > 0 and <= 1 << 16 && ProjectionInputDim is not null),
            "addition_embed_type text_time needs addition_time_embed_dim and projection_class_embeddings_input_dim");

        void RequireLength(string key, int length) => Require(length == count, $"{key} has {length} entries where block_out_channels has {count}");
    }

    // A transformer may be empty: it is then a norm between two projections.
    private void RequireTransformers()
    {
        int count = BlockOutChannels.Length;
        Require(TransformerLayers.Length == count, $"transformer_layers_per_block has {TransformerLayers.Length} entries where block_out_channels has {count}");
        for (int i = 0; i < count; i++) RequireCounts("transformer_layers_per_block", TransformerLayers[i], LayersPerBlock[i]);
        if (UpTransformerLayers is { } up)
        {
            Require(up.Length == count, $"reverse_transformer_layers_per_block has {up.Length} entries where block_out_channels has {count}");
            for (int i = 0; i < count; i++) RequireCounts("reverse_transformer_layers_per_block", up[i], LayersPerBlock[^(i + 1)] + 1);
        }
        else Require(TransformerLayers.All(counts => counts.Length == 1), "transformer_layers_per_block counts each layer, which needs reverse_transformer_layers_per_block");

        static void RequireCounts(string key, ImmutableArray<int> counts, int layers)
        {
            Require(counts.Length == 1 || counts.Length == layers, $"{key} holds {counts.Length} numbers for {layers} layers");
            RequireAll(key, counts, 0, 256);
        }
    }

    private static void RequireAll(string key, ImmutableArray<int> values, int least, int most) =>
        Require(values.All(value => value >= least && value <= most), $"{key} holds a number that is not in {least}..{most}");

    private static void Require(bool condition, string otherwise)
    {
        if (!condition) throw new InvalidDataException($"The UNet2DCondition configuration is not sound: {otherwise}.");
    }
}
