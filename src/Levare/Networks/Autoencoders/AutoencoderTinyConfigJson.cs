using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Networks.Blocks;
using Levare.Weights;

namespace Levare.Networks.Autoencoders;

/// <summary>Reads and writes an <see cref="AutoencoderTinyConfig"/> as diffusers' config.json.</summary>
internal static class AutoencoderTinyConfigJson
{
    /// <summary>The class that config.json names.</summary>
    public const string ClassName = "AutoencoderTiny";

    // Ours alone: diffusers' class has no pooling.
    private const string PoolGroups = "pool_groups";

    /// <summary>Reads a configuration.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <param name="strictness">Whether a setting that is not known is an error.</param>
    /// <exception cref="InvalidDataException">A setting is not known or not sound; the message names it.</exception>
    public static AutoencoderTinyConfig Read(JsonElement json, string source, Strictness strictness = Strictness.Strict)
    {
        ConfigReader reader = new(json, source);
        AutoencoderTinyConfig standard = new();
        AutoencoderTinyConfig config = new()
        {
            InChannels = reader.Int("in_channels", standard.InChannels),
            OutChannels = reader.Int("out_channels", standard.OutChannels),
            EncoderBlockOutChannels = reader.Ints("encoder_block_out_channels", standard.EncoderBlockOutChannels),
            DecoderBlockOutChannels = reader.Ints("decoder_block_out_channels", standard.DecoderBlockOutChannels),
            NumEncoderBlocks = reader.Ints("num_encoder_blocks", standard.NumEncoderBlocks),
            NumDecoderBlocks = reader.Ints("num_decoder_blocks", standard.NumDecoderBlocks),
            Activation = reader.Value("act_fn", standard.Activation, value => Activations.Parse(value.GetString() ?? "null"), "relu, silu, mish or gelu"),
            Upsampling = reader.Value("upsample_fn", standard.Upsampling, ReadUpsampling, "nearest, bilinear or bicubic"),
            UpsamplingScalingFactor = reader.Int("upsampling_scaling_factor", standard.UpsamplingScalingFactor),
            LatentChannels = reader.Int("latent_channels", standard.LatentChannels),
            LatentMagnitude = reader.Number("latent_magnitude", standard.LatentMagnitude),
            LatentShift = reader.Number("latent_shift", standard.LatentShift),
            ForceUpcast = reader.Bool("force_upcast", standard.ForceUpcast),
            Scale = new LatentScale { Factor = reader.Number("scaling_factor", 1), Shift = reader.Number("shift_factor", 0) },
            PoolGroups = reader.NullableInt(PoolGroups, null),
        };
        // A copy of the decoder's channels, for scripts that ask every autoencoder alike.
        reader.Ignore("block_out_channels");
        if (strictness == Strictness.Strict) reader.ThrowIfUnread();
        reader.Check(config.Validate);
        return config;
    }

    /// <summary>Writes a configuration that <see cref="Read"/> takes, and diffusers too where there is no pooling.</summary>
    public static JsonObject Write(AutoencoderTinyConfig config)
    {
        JsonObject json = new()
        {
            ["_class_name"] = ClassName,
            ["act_fn"] = config.Activation.Name(),
            ["block_out_channels"] = Numbers(config.DecoderBlockOutChannels),
            ["decoder_block_out_channels"] = Numbers(config.DecoderBlockOutChannels),
            ["encoder_block_out_channels"] = Numbers(config.EncoderBlockOutChannels),
            ["force_upcast"] = config.ForceUpcast,
            ["in_channels"] = config.InChannels,
            ["latent_channels"] = config.LatentChannels,
            ["latent_magnitude"] = config.LatentMagnitude,
            ["latent_shift"] = config.LatentShift,
            ["num_decoder_blocks"] = Numbers(config.NumDecoderBlocks),
            ["num_encoder_blocks"] = Numbers(config.NumEncoderBlocks),
            ["out_channels"] = config.OutChannels,
            ["scaling_factor"] = config.Scale.Factor,
            ["shift_factor"] = config.Scale.Shift,
            ["upsample_fn"] = config.Upsampling.ToString().ToLowerInvariant(),
            ["upsampling_scaling_factor"] = config.UpsamplingScalingFactor,
        };
        if (config.PoolGroups is { } groups) json[PoolGroups] = groups;
        return json;
    }

    private static JsonArray Numbers(ImmutableArray<int> values) => new([.. values.Select(value => (JsonNode)value)]);

    private static TinyUpsampling ReadUpsampling(JsonElement value) => value.GetString() switch
    {
        "nearest" => TinyUpsampling.Nearest,
        "bilinear" => TinyUpsampling.Bilinear,
        "bicubic" => TinyUpsampling.Bicubic,
        _ => throw new FormatException("no such upsampling"),
    };
}
