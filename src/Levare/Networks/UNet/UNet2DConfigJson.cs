using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Networks.Blocks;
using Levare.Weights;

namespace Levare.Networks.UNet;

/// <summary>Reads and writes a <see cref="UNet2DConfig"/> as diffusers' config.json.</summary>
internal static class UNet2DConfigJson
{
    /// <summary>The class that config.json names.</summary>
    public const string ClassName = "UNet2DModel";

    // The settings of the moving average that some training scripts leave in the configuration.
    private static readonly string[] Bookkeeping =
        ["decay", "inv_gamma", "min_decay", "optimization_step", "power", "update_after_step", "use_ema_warmup"];

    /// <summary>Reads a configuration.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <param name="strictness">Whether a setting that is not known is an error.</param>
    /// <exception cref="InvalidDataException">A setting is not known or not sound; the message names it.</exception>
    public static UNet2DConfig Read(JsonElement json, string source, Strictness strictness = Strictness.Strict)
    {
        ConfigReader reader = new(json, source);
        UNet2DConfig standard = new();
        int? classes = reader.NullableInt("num_class_embeds", null);
        UNet2DConfig config = new()
        {
            SampleSize = reader.Size("sample_size"),
            InChannels = reader.Int("in_channels", standard.InChannels),
            OutChannels = reader.Int("out_channels", standard.OutChannels),
            CenterInputSample = reader.Bool("center_input_sample", standard.CenterInputSample),
            TimeEmbeddingType = reader.Choice("time_embedding_type", standard.TimeEmbeddingType, TimeTypes),
            TimeEmbeddingDim = reader.NullableInt("time_embedding_dim", null),
            FreqShift = reader.Number("freq_shift", standard.FreqShift),
            FlipSinToCos = reader.Bool("flip_sin_to_cos", standard.FlipSinToCos),
            DownBlockTypes = reader.Types("down_block_types", standard.DownBlockTypes),
            HasMidBlock = reader.Value("mid_block_type", true, ReadMidBlock, $"\"{MidBlock}\" or null"),
            UpBlockTypes = reader.Types("up_block_types", standard.UpBlockTypes),
            BlockOutChannels = reader.Ints("block_out_channels", standard.BlockOutChannels),
            LayersPerBlock = reader.Int("layers_per_block", standard.LayersPerBlock),
            MidBlockScaleFactor = reader.Number("mid_block_scale_factor", standard.MidBlockScaleFactor),
            DownsamplePadding = reader.Int("downsample_padding", standard.DownsamplePadding),
            DownsampleType = reader.Choice("downsample_type", standard.DownsampleType, ResampleTypes),
            UpsampleType = reader.Choice("upsample_type", standard.UpsampleType, ResampleTypes),
            Dropout = reader.Number("dropout", standard.Dropout),
            Activation = reader.Activation("act_fn", standard.Activation),
            AttentionHeadDim = reader.NullableInt("attention_head_dim", standard.AttentionHeadDim),
            NormNumGroups = reader.NullableInt("norm_num_groups", standard.NormNumGroups),
            AttnNormNumGroups = reader.NullableInt("attn_norm_num_groups", standard.AttnNormNumGroups),
            NormEps = reader.Number("norm_eps", standard.NormEps),
            TimeModulation = reader.Choice("resnet_time_scale_shift", standard.TimeModulation, UNetConfigReading.Modulations),
            AddAttention = reader.Bool("add_attention", standard.AddAttention),
            NumClassEmbeds = classes,
            ClassEmbedding = reader.Value("class_embed_type", Learned(classes), value => ReadClassEmbedding(value, classes), "null, \"timestep\" or \"identity\""),
            NumTrainTimesteps = reader.NullableInt("num_train_timesteps", null),
        };
        reader.Ignore(Bookkeeping);
        if (strictness == Strictness.Strict) reader.ThrowIfUnread();
        reader.Check(config.Validate);
        return config;
    }

    /// <summary>Writes a configuration that diffusers and <see cref="Read"/> take.</summary>
    public static JsonObject Write(UNet2DConfig config) => new()
    {
        ["_class_name"] = ClassName,
        ["sample_size"] = UNetConfigReading.Size(config.SampleSize),
        ["in_channels"] = config.InChannels,
        ["out_channels"] = config.OutChannels,
        ["center_input_sample"] = config.CenterInputSample,
        ["time_embedding_type"] = UNetConfigReading.NameOf(config.TimeEmbeddingType, TimeTypes),
        ["time_embedding_dim"] = config.TimeEmbeddingDim,
        ["freq_shift"] = UNetConfigReading.Number(config.FreqShift),
        ["flip_sin_to_cos"] = config.FlipSinToCos,
        ["down_block_types"] = new JsonArray([.. config.DownBlockTypes.Select(type => (JsonNode)type.ToString())]),
        ["mid_block_type"] = config.HasMidBlock ? MidBlock : null,
        ["up_block_types"] = new JsonArray([.. config.UpBlockTypes.Select(type => (JsonNode)type.ToString())]),
        ["block_out_channels"] = new JsonArray([.. config.BlockOutChannels.Select(channels => (JsonNode)channels)]),
        ["layers_per_block"] = config.LayersPerBlock,
        ["mid_block_scale_factor"] = config.MidBlockScaleFactor,
        ["downsample_padding"] = config.DownsamplePadding,
        ["downsample_type"] = UNetConfigReading.NameOf(config.DownsampleType, ResampleTypes),
        ["upsample_type"] = UNetConfigReading.NameOf(config.UpsampleType, ResampleTypes),
        ["dropout"] = config.Dropout,
        ["act_fn"] = config.Activation.Name(),
        ["attention_head_dim"] = config.AttentionHeadDim,
        ["norm_num_groups"] = config.NormNumGroups,
        ["attn_norm_num_groups"] = config.AttnNormNumGroups,
        ["norm_eps"] = config.NormEps,
        ["resnet_time_scale_shift"] = UNetConfigReading.NameOf(config.TimeModulation, UNetConfigReading.Modulations),
        ["add_attention"] = config.AddAttention,
        ["class_embed_type"] = config.ClassEmbedding switch
        {
            ClassEmbeddingType.Timestep => "timestep",
            ClassEmbeddingType.Identity => "identity",
            _ => null,
        },
        ["num_class_embeds"] = config.NumClassEmbeds,
        ["num_train_timesteps"] = config.NumTrainTimesteps,
    };

    private const string MidBlock = "UNetMidBlock2D";

    private static readonly (string Name, TimeEmbeddingType Value)[] TimeTypes =
        [("positional", TimeEmbeddingType.Positional), ("fourier", TimeEmbeddingType.Fourier), ("learned", TimeEmbeddingType.Learned)];

    private static readonly (string Name, ResampleType Value)[] ResampleTypes = [("conv", ResampleType.Conv), ("resnet", ResampleType.Resnet)];

    private static bool ReadMidBlock(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => false,
        JsonValueKind.String when value.ValueEquals(MidBlock) => true,
        _ => throw new FormatException("no such block"),
    };

    private static ClassEmbeddingType? Learned(int? classes) => classes is null ? null : ClassEmbeddingType.Learned;

    private static ClassEmbeddingType? ReadClassEmbedding(JsonElement value, int? classes) => value.GetString() switch
    {
        null => Learned(classes),
        "timestep" => ClassEmbeddingType.Timestep,
        "identity" => ClassEmbeddingType.Identity,
        _ => throw new FormatException("no such class embedding"),
    };
}
