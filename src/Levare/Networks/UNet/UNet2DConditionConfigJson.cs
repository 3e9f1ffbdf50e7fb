using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Networks.Blocks;
using Levare.Weights;

namespace Levare.Networks.UNet;

/// <summary>Reads and writes a <see cref="UNet2DConditionConfig"/> as diffusers' config.json.</summary>
internal static class UNet2DConditionConfigJson
{
    /// <summary>The class that config.json names.</summary>
    public const string ClassName = "UNet2DConditionModel";

    /// <summary>Reads a configuration.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <param name="strictness">Whether a setting that is not known is an error.</param>
    /// <exception cref="InvalidDataException">A setting is not known, not sound or not supported; the message names it.</exception>
    public static UNet2DConditionConfig Read(JsonElement json, string source, Strictness strictness = Strictness.Strict)
    {
        ConfigReader reader = new(json, source);
        UNet2DConditionConfig config = ReadSettings(reader);
        reader.OnlyValue("num_attention_heads", null);
        if (strictness == Strictness.Strict) reader.ThrowIfUnread();
        reader.Check(config.Validate);
        return config;
    }

    /// <summary>Reads what U-Nets and the networks that accompany them call by the same names; nothing is validated yet.</summary>
    internal static UNet2DConditionConfig ReadSettings(ConfigReader reader)
    {
        UNet2DConditionConfig standard = new();
        ImmutableArray<ConditionDownBlockType> down = reader.Types("down_block_types", standard.DownBlockTypes);
        int count = down.Length;
        int? classes = reader.NullableInt("num_class_embeds", null);
        RefuseOthers(reader);
        // They speak of blocks and embeddings that are refused where they are named.
        reader.Ignore("mid_block_only_cross_attention", "addition_embed_type_num_heads");
        return new()
        {
            SampleSize = reader.Size("sample_size"),
            InChannels = reader.Int("in_channels", standard.InChannels),
            OutChannels = reader.Int("out_channels", standard.OutChannels),
            CenterInputSample = reader.Flag("center_input_sample"),
            ConvInKernel = reader.Int("conv_in_kernel", standard.ConvInKernel),
            ConvOutKernel = reader.Int("conv_out_kernel", standard.ConvOutKernel),
            TimeEmbeddingType = reader.Choice("time_embedding_type", standard.TimeEmbeddingType, TimeTypes),
            TimeEmbeddingDim = reader.NullableInt("time_embedding_dim", null),
            FreqShift = reader.Number("freq_shift", standard.FreqShift),
            FlipSinToCos = reader.Bool("flip_sin_to_cos", standard.FlipSinToCos),
            TimestepPostActivation = reader.NullableActivation("timestep_post_act"),
            TimeEmbeddingActivation = reader.NullableActivation("time_embedding_act_fn"),
            TimeConditionDim = reader.NullableInt("time_cond_proj_dim", null),
            DownBlockTypes = down,
            MidBlockType = reader.NullableType("mid_block_type", standard.MidBlockType),
            UpBlockTypes = reader.Types("up_block_types", standard.UpBlockTypes),
            BlockOutChannels = reader.Ints("block_out_channels", standard.BlockOutChannels),
            LayersPerBlock = reader.PerBlock("layers_per_block", count, standard.LayersPerBlock[0], value => value.GetInt32(), "a whole number"),
            AttentionHeads = reader.PerBlock("attention_head_dim", count, standard.AttentionHeads[0], value => value.GetInt32(), "a whole number"),
            CrossAttentionDim = reader.PerBlock("cross_attention_dim", count, standard.CrossAttentionDim[0], value => value.GetInt32(), "a whole number"),
            TransformerLayers = reader.PerBlock<ImmutableArray<int>>("transformer_layers_per_block", count, [1], ReadCounts, "a whole number"),
            UpTransformerLayers = reader.Value("reverse_transformer_layers_per_block", null, ReadUpCounts, "a list with numbers for each block, or null"),
            OnlyCrossAttention = reader.PerBlock("only_cross_attention", count, false, value => value.GetBoolean(), "true or false"),
            UseLinearProjection = reader.Flag("use_linear_projection"),
            UpcastAttention = reader.Flag("upcast_attention"),
            EncoderHidDim = ReadEncoderHidDim(reader),
            MidBlockScaleFactor = reader.Number("mid_block_scale_factor", standard.MidBlockScaleFactor),
            DownsamplePadding = reader.Int("downsample_padding", standard.DownsamplePadding),
            Dropout = reader.Number("dropout", standard.Dropout),
            Activation = reader.Activation("act_fn", standard.Activation),
            NormNumGroups = reader.Int("norm_num_groups", standard.NormNumGroups),
            NormEps = reader.Number("norm_eps", standard.NormEps),
            TimeModulation = reader.Choice("resnet_time_scale_shift", standard.TimeModulation, UNetConfigReading.Modulations),
            NumClassEmbeds = classes,
            ClassEmbedding = reader.Value("class_embed_type", Learned(classes), value => ReadClassEmbedding(value, classes),
                $"null or one of {string.Join(", ", ClassEmbeddings.Select(choice => choice.Name))}"),
            ClassEmbeddingsConcat = reader.Flag("class_embeddings_concat"),
            ProjectionInputDim = reader.NullableInt("projection_class_embeddings_input_dim", null),
            AdditionEmbedding = reader.NullableChoice("addition_embed_type", Additions),
            AdditionTimeEmbedDim = reader.NullableInt("addition_time_embed_dim", null),
        };
    }

    /// <summary>Writes a configuration that diffusers and <see cref="Read"/> take.</summary>
    public static JsonObject Write(UNet2DConditionConfig config) => new()
    {
        ["_class_name"] = ClassName,
        ["sample_size"] = UNetConfigReading.Size(config.SampleSize),
        ["in_channels"] = config.InChannels,
        ["out_channels"] = config.OutChannels,
        ["center_input_sample"] = config.CenterInputSample,
        ["conv_in_kernel"] = config.ConvInKernel,
        ["conv_out_kernel"] = config.ConvOutKernel,
        ["time_embedding_type"] = UNetConfigReading.NameOf(config.TimeEmbeddingType, TimeTypes),
        ["time_embedding_dim"] = config.TimeEmbeddingDim,
        ["freq_shift"] = UNetConfigReading.Number(config.FreqShift),
        ["flip_sin_to_cos"] = config.FlipSinToCos,
        ["timestep_post_act"] = config.TimestepPostActivation?.Name(),
        ["time_embedding_act_fn"] = config.TimeEmbeddingActivation?.Name(),
        ["time_cond_proj_dim"] = config.TimeConditionDim,
        ["down_block_types"] = new JsonArray([.. config.DownBlockTypes.Select(type => (JsonNode)type.ToString())]),
        ["mid_block_type"] = config.MidBlockType?.ToString(),
        ["up_block_types"] = new JsonArray([.. config.UpBlockTypes.Select(type => (JsonNode)type.ToString())]),
        ["block_out_channels"] = new JsonArray([.. config.BlockOutChannels.Select(channels => (JsonNode)channels)]),
        ["layers_per_block"] = UNetConfigReading.PerBlock(config.LayersPerBlock, value => value),
        ["attention_head_dim"] = UNetConfigReading.PerBlock(config.AttentionHeads, value => value),
        ["cross_attention_dim"] = UNetConfigReading.PerBlock(config.CrossAttentionDim, value => value),
        ["transformer_layers_per_block"] = Counts(config.TransformerLayers),
        ["reverse_transformer_layers_per_block"] = config.UpTransformerLayers is { } up ? Counts(up) : null,
        ["only_cross_attention"] = UNetConfigReading.PerBlock(config.OnlyCrossAttention, value => value),
        ["use_linear_projection"] = config.UseLinearProjection,
        ["upcast_attention"] = config.UpcastAttention,
        ["encoder_hid_dim"] = config.EncoderHidDim,
        ["encoder_hid_dim_type"] = config.EncoderHidDim is null ? null : TextProjection,
        ["mid_block_scale_factor"] = config.MidBlockScaleFactor,
        ["downsample_padding"] = config.DownsamplePadding,
        ["dropout"] = config.Dropout,
        ["act_fn"] = config.Activation.Name(),
        ["norm_num_groups"] = config.NormNumGroups,
        ["norm_eps"] = config.NormEps,
        ["resnet_time_scale_shift"] = UNetConfigReading.NameOf(config.TimeModulation, UNetConfigReading.Modulations),
        ["class_embed_type"] = config.ClassEmbedding is null or ConditionClassEmbedding.Learned ? null : UNetConfigReading.NameOf(config.ClassEmbedding.Value, ClassEmbeddings),
        ["num_class_embeds"] = config.NumClassEmbeds,
        ["class_embeddings_concat"] = config.ClassEmbeddingsConcat,
        ["projection_class_embeddings_input_dim"] = config.ProjectionInputDim,
        ["addition_embed_type"] = config.AdditionEmbedding is { } addition ? UNetConfigReading.NameOf(addition, Additions) : null,
        ["addition_time_embed_dim"] = config.AdditionTimeEmbedDim,
    };

    private const string TextProjection = "text_proj";

    private static readonly (string Name, TimeEmbeddingType Value)[] TimeTypes = [("positional", TimeEmbeddingType.Positional), ("fourier", TimeEmbeddingType.Fourier)];

    private static readonly (string Name, ConditionClassEmbedding Value)[] ClassEmbeddings =
    [
        ("timestep", ConditionClassEmbedding.Timestep), ("identity", ConditionClassEmbedding.Identity),
        ("projection", ConditionClassEmbedding.Projection), ("simple_projection", ConditionClassEmbedding.SimpleProjection),
    ];

    private static readonly (string Name, AdditionEmbedding Value)[] Additions = [("text_time", AdditionEmbedding.TextTime)];

    // What diffusers knows and this network does not: a file that asks for it is refused, not run otherwise than it was trained.
    private static void RefuseOthers(ConfigReader reader)
    {
        reader.OnlyValue("dual_cross_attention", false);
        reader.OnlyValue("resnet_skip_time_act", false);
        reader.OnlyValue("resnet_out_scale_factor", 1);
        reader.OnlyValue("attention_type", "default");
        reader.OnlyValue("cross_attention_norm", null);
    }

    private static int? ReadEncoderHidDim(ConfigReader reader)
    {
        reader.OnlyValue("encoder_hid_dim_type", TextProjection);
        return reader.NullableInt("encoder_hid_dim", null);
    }

    private static ImmutableArray<int> ReadCounts(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(item => item.GetInt32())] : [value.GetInt32()];

    private static ImmutableArray<ImmutableArray<int>>? ReadUpCounts(JsonElement value) =>
        value.ValueKind == JsonValueKind.Null ? null : [.. value.EnumerateArray().Select(ReadCounts)];

    private static JsonNode? Counts(ImmutableArray<ImmutableArray<int>> counts) => counts.All(block => block.Length == 1)
        ? UNetConfigReading.PerBlock([.. counts.Select(block => block[0])], value => value)
        : new JsonArray([.. counts.Select(block => (JsonNode)(block.Length == 1 ? block[0] : new JsonArray([.. block.Select(number => (JsonNode)number)])))]);

    private static ConditionClassEmbedding? Learned(int? classes) => classes is null ? null : ConditionClassEmbedding.Learned;

    private static ConditionClassEmbedding? ReadClassEmbedding(JsonElement value, int? classes) => value.GetString() is { } name
        ? UNetConfigReading.Find(name, ClassEmbeddings)
        : Learned(classes);
}
