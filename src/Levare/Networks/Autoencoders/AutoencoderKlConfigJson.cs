using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Networks.Blocks;
using Levare.Weights;

namespace Levare.Networks.Autoencoders;

/// <summary>Reads and writes an <see cref="AutoencoderKlConfig"/> as diffusers' config.json.</summary>
internal static class AutoencoderKlConfigJson
{
    /// <summary>The class that config.json names.</summary>
    public const string ClassName = "AutoencoderKL";

    private const string DownBlock = "DownEncoderBlock2D", AttentionDownBlock = "AttnDownEncoderBlock2D";
    private const string UpBlock = "UpDecoderBlock2D", AttentionUpBlock = "AttnUpDecoderBlock2D";

    /// <summary>Reads a configuration.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <param name="strictness">Whether a setting that is not known is an error.</param>
    /// <exception cref="InvalidDataException">A setting is not known or not sound; the message names it.</exception>
    public static AutoencoderKlConfig Read(JsonElement json, string source, Strictness strictness = Strictness.Strict)
    {
        ConfigReader reader = new(json, source);
        AutoencoderKlConfig standard = new();
        AutoencoderKlConfig config = new()
        {
            InChannels = reader.Int("in_channels", standard.InChannels),
            OutChannels = reader.Int("out_channels", standard.OutChannels),
            EncoderAttention = BlockTypes(reader, "down_block_types", standard.EncoderAttention, DownBlock, AttentionDownBlock),
            DecoderAttention = BlockTypes(reader, "up_block_types", standard.DecoderAttention, UpBlock, AttentionUpBlock),
            BlockOutChannels = reader.Ints("block_out_channels", standard.BlockOutChannels),
            LayersPerBlock = reader.Int("layers_per_block", standard.LayersPerBlock),
            Activation = reader.Value("act_fn", standard.Activation, value => Activations.Parse(value.GetString() ?? "null"), "silu, mish, gelu or relu"),
            LatentChannels = reader.Int("latent_channels", standard.LatentChannels),
            NormNumGroups = reader.Int("norm_num_groups", standard.NormNumGroups),
            SampleSize = reader.Value("sample_size", standard.SampleSize, ReadSize, "a size, or height and width"),
            Scale = new LatentScale
            {
                Factor = reader.Number("scaling_factor", standard.Scale.Factor),
                Shift = reader.Value("shift_factor", 0.0, value => value.ValueKind == JsonValueKind.Null ? 0 : value.GetDouble(), "a number or null"),
                Mean = Numbers(reader, "latents_mean"),
                Deviation = Numbers(reader, "latents_std"),
            },
            ForceUpcast = reader.Bool("force_upcast", standard.ForceUpcast),
            UseQuantConv = reader.Bool("use_quant_conv", standard.UseQuantConv),
            UsePostQuantConv = reader.Bool("use_post_quant_conv", standard.UsePostQuantConv),
            MidBlockAddAttention = reader.Bool("mid_block_add_attention", standard.MidBlockAddAttention),
        };
        if (strictness == Strictness.Strict) reader.ThrowIfUnread();
        reader.Check(config.Validate);
        return config;
    }

    /// <summary>Writes a configuration that diffusers and <see cref="Read"/> take.</summary>
    public static JsonObject Write(AutoencoderKlConfig config) => new()
    {
        ["_class_name"] = ClassName,
        ["act_fn"] = config.Activation.Name(),
        ["block_out_channels"] = new JsonArray([.. config.BlockOutChannels.Select(channels => (JsonNode)channels)]),
        ["down_block_types"] = new JsonArray([.. config.EncoderAttention.Select(attends => (JsonNode)(attends ? AttentionDownBlock : DownBlock))]),
        ["force_upcast"] = config.ForceUpcast,
        ["in_channels"] = config.InChannels,
        ["latent_channels"] = config.LatentChannels,
        ["latents_mean"] = NumbersOrNull(config.Scale.Mean),
        ["latents_std"] = NumbersOrNull(config.Scale.Deviation),
        ["layers_per_block"] = config.LayersPerBlock,
        ["mid_block_add_attention"] = config.MidBlockAddAttention,
        ["norm_num_groups"] = config.NormNumGroups,
        ["out_channels"] = config.OutChannels,
        ["sample_size"] = config.SampleSize.Height == config.SampleSize.Width
            ? config.SampleSize.Height
            : new JsonArray(config.SampleSize.Height, config.SampleSize.Width),
        ["scaling_factor"] = config.Scale.Factor,
        ["shift_factor"] = config.Scale.Shift == 0 ? null : config.Scale.Shift,
        ["up_block_types"] = new JsonArray([.. config.DecoderAttention.Select(attends => (JsonNode)(attends ? AttentionUpBlock : UpBlock))]),
        ["use_post_quant_conv"] = config.UsePostQuantConv,
        ["use_quant_conv"] = config.UseQuantConv,
    };

    private static ImmutableArray<bool> BlockTypes(ConfigReader reader, string key, ImmutableArray<bool> otherwise, string plain, string attending) =>
        reader.Value(key, otherwise, value => value.EnumerateArray().Select(item => item.GetString() switch
        {
            string name when name == plain => false,
            string name when name == attending => true,
            _ => throw new FormatException("no such block"),
        }).ToImmutableArray(), $"a list of {plain}, {attending}");

    private static ImmutableArray<double> Numbers(ConfigReader reader, string key) =>
        reader.Value(key, [], value => value.ValueKind == JsonValueKind.Null ? [] : value.EnumerateArray().Select(item => item.GetDouble()).ToImmutableArray(), "a list of numbers or null");

    private static JsonArray? NumbersOrNull(ImmutableArray<double> values) =>
        values.IsEmpty ? null : new JsonArray([.. values.Select(value => (JsonNode)value)]);

    private static (int, int) ReadSize(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 2
        ? (value[0].GetInt32(), value[1].GetInt32())
        : (value.GetInt32(), value.GetInt32());
}
