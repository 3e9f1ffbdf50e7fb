using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Networks.UNet;
using Levare.Weights;

namespace Levare.Networks.Control;

/// <summary>Reads and writes a <see cref="ControlNetConfig"/> as diffusers' config.json.</summary>
internal static class ControlNetConfigJson
{
    /// <summary>The class that config.json names.</summary>
    public const string ClassName = "ControlNetModel";

    private static readonly (string Name, ColourOrder Value)[] Orders = [("rgb", ColourOrder.Rgb), ("bgr", ColourOrder.Bgr)];

    // What Write takes over from the U-Net's settings; the class knows no others.
    private static readonly string[] Shared =
    [
        "in_channels", "flip_sin_to_cos", "freq_shift", "down_block_types", "mid_block_type", "only_cross_attention", "block_out_channels", "layers_per_block",
        "downsample_padding", "mid_block_scale_factor", "act_fn", "norm_num_groups", "norm_eps", "cross_attention_dim", "transformer_layers_per_block",
        "encoder_hid_dim", "encoder_hid_dim_type", "attention_head_dim", "use_linear_projection", "class_embed_type", "addition_embed_type",
        "addition_time_embed_dim", "num_class_embeds", "upcast_attention", "resnet_time_scale_shift", "projection_class_embeddings_input_dim",
    ];

    /// <summary>Reads a configuration.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <param name="strictness">Whether a setting that is not known is an error.</param>
    /// <exception cref="InvalidDataException">A setting is not known, not sound or not supported; the message names it.</exception>
    public static ControlNetConfig Read(JsonElement json, string source, Strictness strictness = Strictness.Strict)
    {
        ConfigReader reader = new(json, source);
        ControlNetConfig standard = new();
        UNet2DConditionConfig encoder = UNet2DConditionConfigJson.ReadSettings(reader);
        ImmutableArray<int> heads = reader.Value("num_attention_heads", encoder.AttentionHeads, value => ReadHeads(value, encoder), "null, a whole number, or a list of one for each block");
        ControlNetConfig config = new()
        {
            Encoder = encoder with { AttentionHeads = heads, UpBlockTypes = [.. encoder.DownBlockTypes.Select(_ => ConditionUpBlockType.UpBlock2D)] },
            ImageChannels = reader.Int("conditioning_channels", standard.ImageChannels),
            EmbeddingChannels = reader.Ints("conditioning_embedding_out_channels", standard.EmbeddingChannels),
            ColourOrder = reader.Choice("controlnet_conditioning_channel_order", standard.ColourOrder, Orders),
            PoolsGlobally = reader.Flag("global_pool_conditions"),
        };
        if (strictness == Strictness.Strict) reader.ThrowIfUnread();
        reader.Check(config.Validate);
        return config;
    }

    /// <summary>Writes a configuration that diffusers and <see cref="Read"/> take.</summary>
    public static JsonObject Write(ControlNetConfig config)
    {
        JsonObject encoder = UNet2DConditionConfigJson.Write(config.Encoder);
        JsonObject written = new()
        {
            ["_class_name"] = ClassName,
            ["conditioning_channels"] = config.ImageChannels,
            ["conditioning_embedding_out_channels"] = new JsonArray([.. config.EmbeddingChannels.Select(channels => (JsonNode)channels)]),
            ["controlnet_conditioning_channel_order"] = UNetConfigReading.NameOf(config.ColourOrder, Orders),
            ["global_pool_conditions"] = config.PoolsGlobally,
        };
        foreach (string key in Shared) written[key] = encoder[key]?.DeepClone();
        return written;
    }

    // Here, other than in U-Nets, the number of heads has a name of its own, which goes before the other.
    private static ImmutableArray<int> ReadHeads(JsonElement value, UNet2DConditionConfig encoder) => value.ValueKind switch
    {
        JsonValueKind.Null => encoder.AttentionHeads,
        JsonValueKind.Array => [.. value.EnumerateArray().Select(item => item.GetInt32())],
        _ => [.. encoder.AttentionHeads.Select(_ => value.GetInt32())],
    };
}
