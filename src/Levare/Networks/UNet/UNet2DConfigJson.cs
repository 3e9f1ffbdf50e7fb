using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Networks.Blocks;
using Levare.Weights;

namespace Levare.Networks.UNet;

/// <summary>Reads and writes a <see cref="UNet2DConfig"/> as diffusers' config.json.</summary>
public static class UNet2DConfigJson
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
            SampleSize = reader.Value("sample_size", null, ReadSize, "a size, or height and width"),
            InChannels = reader.Int("in_channels", standard.InChannels),
            OutChannels = reader.Int("out_channels", standard.OutChannels),
            CenterInputSample = reader.Bool("center_input_sample", standard.CenterInputSample),
            TimeEmbeddingType = Choose(reader, "time_embedding_type", standard.TimeEmbeddingType, TimeTypes),
            TimeEmbeddingDim = reader.NullableInt("time_embedding_dim", null),
            FreqShift = reader.Number("freq_shift", standard.FreqShift),
            FlipSinToCos = reader.Bool("flip_sin_to_cos", standard.FlipSinToCos),
            DownBlockTypes = BlockTypes(reader, "down_block_types", standard.DownBlockTypes),
            HasMidBlock = reader.Value("mid_block_type", true, ReadMidBlock, $"\"{MidBlock}\" or null"),
            UpBlockTypes = BlockTypes(reader, "up_block_types", standard.UpBlockTypes),
            BlockOutChannels = reader.Ints("block_out_channels", standard.BlockOutChannels),
            LayersPerBlock = reader.Int("layers_per_block", standard.LayersPerBlock),
            MidBlockScaleFactor = reader.Number("mid_block_scale_factor", standard.MidBlockScaleFactor),
            DownsamplePadding = reader.Int("downsample_padding", standard.DownsamplePadding),
            DownsampleType = Choose(reader, "downsample_type", standard.DownsampleType, ResampleTypes),
            UpsampleType = Choose(reader, "upsample_type", standard.UpsampleType, ResampleTypes),
            Dropout = reader.Number("dropout", standard.Dropout),
            Activation = reader.Value("act_fn", standard.Activation, value => Activations.Parse(value.GetString() ?? "null"), "silu, mish, gelu or relu"),
            AttentionHeadDim = reader.NullableInt("attention_head_dim", standard.AttentionHeadDim),
            NormNumGroups = reader.NullableInt("norm_num_groups", standard.NormNumGroups),
            AttnNormNumGroups = reader.NullableInt("attn_norm_num_groups", standard.AttnNormNumGroups),
            NormEps = reader.Number("norm_eps", standard.NormEps),
            TimeModulation = Choose(reader, "resnet_time_scale_shift", standard.TimeModulation, Modulations),
            AddAttention = reader.Bool("add_attention", standard.AddAttention),
            NumClassEmbeds = classes,
            ClassEmbedding = reader.Value("class_embed_type", Learned(classes), value => ReadClassEmbedding(value, classes), "null, \"timestep\" or \"identity\""),
            NumTrainTimesteps = reader.NullableInt("num_train_timesteps", null),
        };
        reader.Ignore(Bookkeeping);
        if (strictness == Strictness.Strict) reader.ThrowIfUnread();
        config.Validate();
        return config;
    }

    /// <summary>Writes a configuration that diffusers and <see cref="Read"/> take.</summary>
    public static JsonObject Write(UNet2DConfig config) => new()
    {
        ["_class_name"] = ClassName,
        ["sample_size"] = config.SampleSize is { } size ? size.Height == size.Width ? size.Height : new JsonArray(size.Height, size.Width) : null,
        ["in_channels"] = config.InChannels,
        ["out_channels"] = config.OutChannels,
        ["center_input_sample"] = config.CenterInputSample,
        ["time_embedding_type"] = NameOf(config.TimeEmbeddingType, TimeTypes),
        ["time_embedding_dim"] = config.TimeEmbeddingDim,
        ["freq_shift"] = config.FreqShift == Math.Floor(config.FreqShift) ? (long)config.FreqShift : config.FreqShift,
        ["flip_sin_to_cos"] = config.FlipSinToCos,
        ["down_block_types"] = new JsonArray([.. config.DownBlockTypes.Select(type => (JsonNode)type.ToString())]),
        ["mid_block_type"] = config.HasMidBlock ? MidBlock : null,
        ["up_block_types"] = new JsonArray([.. config.UpBlockTypes.Select(type => (JsonNode)type.ToString())]),
        ["block_out_channels"] = new JsonArray([.. config.BlockOutChannels.Select(channels => (JsonNode)channels)]),
        ["layers_per_block"] = config.LayersPerBlock,
        ["mid_block_scale_factor"] = config.MidBlockScaleFactor,
        ["downsample_padding"] = config.DownsamplePadding,
        ["downsample_type"] = NameOf(config.DownsampleType, ResampleTypes),
        ["upsample_type"] = NameOf(config.UpsampleType, ResampleTypes),
        ["dropout"] = config.Dropout,
        ["act_fn"] = config.Activation.Name(),
        ["attention_head_dim"] = config.AttentionHeadDim,
        ["norm_num_groups"] = config.NormNumGroups,
        ["attn_norm_num_groups"] = config.AttnNormNumGroups,
        ["norm_eps"] = config.NormEps,
        ["resnet_time_scale_shift"] = NameOf(config.TimeModulation, Modulations),
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

    private static readonly (string Name, TimeModulation Value)[] Modulations =
        [("default", TimeModulation.Shift), ("scale_shift", TimeModulation.ScaleShift)];

    private static T Choose<T>(ConfigReader reader, string key, T otherwise, (string Name, T Value)[] choices) =>
        reader.Value(key, otherwise, value => choices.FirstOrDefault(choice => choice.Name == value.GetString()) is { Name: not null } found
            ? found.Value
            : throw new FormatException("no such choice"), $"one of {string.Join(", ", choices.Select(choice => choice.Name))}");

    private static string NameOf<T>(T value, (string Name, T Value)[] choices) => choices.First(choice => Equals(choice.Value, value)).Name;

    private static ImmutableArray<T> BlockTypes<T>(ConfigReader reader, string key, ImmutableArray<T> otherwise) where T : struct, Enum =>
        reader.Value(key, otherwise, value => value.EnumerateArray().Select(item => BlockType<T>(item.GetString() ?? "")).ToImmutableArray(),
            $"a list of {string.Join(", ", Enum.GetNames<T>())}");

    // The first releases wrote UNetResDownBlock2D for DownBlock2D, and so on.
    private static T BlockType<T>(string name) where T : struct, Enum
    {
        string plain = name.StartsWith("UNetRes", StringComparison.Ordinal) ? name["UNetRes".Length..] : name;
        return Enum.GetNames<T>().Contains(plain, StringComparer.Ordinal) ? Enum.Parse<T>(plain) : throw new FormatException($"{name} is not known");
    }

    private static (int, int)? ReadSize(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Array when value.GetArrayLength() == 2 => (value[0].GetInt32(), value[1].GetInt32()),
        _ => (value.GetInt32(), value.GetInt32()),
    };

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
