using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Levare.Weights;

/// <summary>Configurations of the parts of single files as diffusers writes them: sizes from the tensors' shapes, the rest what the published models have.</summary>
internal static class DerivedConfigurations
{
    private const int HeadWidth = 64, NormGroups = 32;
    private const string AddedWeight = "add_embedding.linear_1.weight", ClassWeight = "class_embedding.weight";
    private const string GuidanceWeight = "time_embedding.cond_proj.weight", ProjectionWeight = "text_projection.weight";

    /// <summary>The configuration of a U-Net.</summary>
    /// <param name="family">The kind of model.</param>
    /// <param name="part">The U-Net.</param>
    /// <param name="predictsVelocity">Whether it predicts the velocity, as the larger Stable Diffusion 2 does.</param>
    public static JsonObject UNet(CheckpointFamily family, PartLayout part, bool predictsVelocity)
    {
        UNetLayout layout = UNetLayout.OfPart(new KeyTree(part.Shapes.Keys));
        JsonObject config = Encoder(family, part, layout);
        config["_class_name"] = "UNet2DConditionModel";
        config["center_input_sample"] = false;
        config["out_channels"] = part.Side("conv_out.weight", 0);
        config["sample_size"] = family switch
        {
            CheckpointFamily.StableDiffusion2 when predictsVelocity => 96,
            CheckpointFamily.StableDiffusionXl or CheckpointFamily.StableDiffusionXlRefiner or CheckpointFamily.Upscaler => 128,
            _ => 64,
        };
        config["up_block_types"] = Texts(layout.Up.Select(level => level.Attention.Contains(true) ? "CrossAttnUpBlock2D" : "UpBlock2D"));
        if (family == CheckpointFamily.StableDiffusion2 && predictsVelocity) config["upcast_attention"] = true;
        return config;
    }

    /// <summary>The configuration of a ControlNet.</summary>
    public static JsonObject ControlNet(CheckpointFamily family, PartLayout part)
    {
        const string embedding = "controlnet_cond_embedding";
        KeyTree keys = new(part.Shapes.Keys);
        JsonObject config = Encoder(family, part, UNetLayout.OfPart(keys));
        config["_class_name"] = "ControlNetModel";
        config["conditioning_channels"] = part.Side($"{embedding}.conv_in.weight", 1);
        // The second of two convolutions widens.
        config["conditioning_embedding_out_channels"] = Numbers(Enumerable.Range(0, keys.Count($"{embedding}.blocks")).Where(block => block % 2 == 1)
            .Select(block => part.Side($"{embedding}.blocks.{block}.weight", 0)).Prepend(part.Side($"{embedding}.conv_in.weight", 0)));
        config["controlnet_conditioning_channel_order"] = "rgb";
        config["global_pool_conditions"] = false;
        return config;
    }

    // What a U-Net and the copy of its way down have in common.
    private static JsonObject Encoder(CheckpointFamily family, PartLayout part, UNetLayout layout)
    {
        int levels = layout.Down.Length;
        if (levels == 0) throw new InvalidDataException("its U-Net has no blocks");
        long[] widths = [.. Enumerable.Range(0, levels).Select(level => part.Side($"down_blocks.{level}.resnets.0.conv1.weight", 0))];
        bool isFirst = family == CheckpointFamily.StableDiffusion1;
        bool[] attends = [.. layout.Down.Select(level => level.Attention.Contains(true))];
        JsonObject config = new()
        {
            ["act_fn"] = "silu",
            ["attention_head_dim"] = isFirst || family == CheckpointFamily.Upscaler ? 8 : Numbers(widths.Select(width => Math.Max(width / HeadWidth, 1))),
            ["block_out_channels"] = Numbers(widths),
            ["cross_attention_dim"] = CrossAttentionWidth(part),
            ["down_block_types"] = Texts(attends.Select(attend => attend ? "CrossAttnDownBlock2D" : "DownBlock2D")),
            ["downsample_padding"] = 1,
            ["flip_sin_to_cos"] = true,
            ["freq_shift"] = 0,
            ["in_channels"] = part.Side("conv_in.weight", 1),
            ["layers_per_block"] = layout.Down[0].Attention.Length,
            ["mid_block_scale_factor"] = 1,
            ["norm_eps"] = 1e-5,
            ["norm_num_groups"] = NormGroups,
            ["use_linear_projection"] = part.Shapes.Any(pair => pair.Key.EndsWith(".proj_in.weight", StringComparison.Ordinal) && pair.Value.Length == 2),
        };
        AddDepths(config, part, layout);
        AddConditions(config, family, part);
        return config;
    }

    /// <summary>The configuration of an autoencoder.</summary>
    public static JsonObject Autoencoder(CheckpointFamily family, PartLayout part)
    {
        AutoencoderLayout layout = AutoencoderLayout.OfPart(new KeyTree(part.Shapes.Keys));
        if (layout.Down.IsEmpty) throw new InvalidDataException("its autoencoder has no blocks");
        return new()
        {
            ["_class_name"] = "AutoencoderKL",
            ["act_fn"] = "silu",
            ["block_out_channels"] = Numbers(Enumerable.Range(0, layout.Down.Length).Select(level => part.Side($"encoder.down_blocks.{level}.resnets.0.conv1.weight", 0))),
            ["down_block_types"] = Texts(layout.Down.Select(_ => "DownEncoderBlock2D")),
            ["in_channels"] = part.Side("encoder.conv_in.weight", 1),
            ["latent_channels"] = part.Side("decoder.conv_in.weight", 1),
            ["layers_per_block"] = layout.Down[0],
            ["norm_num_groups"] = NormGroups,
            ["out_channels"] = part.Side("decoder.conv_out.weight", 0),
            ["sample_size"] = family switch
            {
                CheckpointFamily.StableDiffusionXl or CheckpointFamily.StableDiffusionXlRefiner => 1024,
                CheckpointFamily.Upscaler => 256,
                _ => 512,
            },
            ["scaling_factor"] = family switch
            {
                CheckpointFamily.StableDiffusionXl or CheckpointFamily.StableDiffusionXlRefiner => 0.13025,
                CheckpointFamily.Upscaler => 0.08333,
                _ => 0.18215,
            },
            ["force_upcast"] = family is CheckpointFamily.StableDiffusionXl or CheckpointFamily.StableDiffusionXlRefiner,
            ["up_block_types"] = Texts(layout.Up.Select(_ => "UpDecoderBlock2D")),
        };
    }

    /// <summary>The configuration of a text encoder.</summary>
    /// <param name="part">The encoder.</param>
    /// <param name="layers">How many of its layers are used.</param>
    /// <param name="hasProjection">Whether its projection is used.</param>
    public static JsonObject TextEncoder(PartLayout part, int layers, bool hasProjection)
    {
        long width = part.Side("text_model.final_layer_norm.weight", 0);
        return new()
        {
            ["architectures"] = new JsonArray(hasProjection ? "CLIPTextModelWithProjection" : "CLIPTextModel"),
            ["attention_dropout"] = 0.0,
            ["bos_token_id"] = 0,
            ["dropout"] = 0.0,
            // What the published files say: read the text at the largest number, which is the end's.
            ["eos_token_id"] = 2,
            ["hidden_act"] = part.Kind == PartKind.Clip ? "quick_gelu" : "gelu",
            ["hidden_size"] = width,
            ["initializer_factor"] = 1.0,
            ["initializer_range"] = 0.02,
            ["intermediate_size"] = part.Side("text_model.encoder.layers.0.mlp.fc1.weight", 0),
            ["layer_norm_eps"] = 1e-5,
            ["max_position_embeddings"] = part.Side("text_model.embeddings.position_embedding.weight", 0),
            ["model_type"] = "clip_text_model",
            ["num_attention_heads"] = Math.Max(width / HeadWidth, 1),
            ["num_hidden_layers"] = layers,
            ["pad_token_id"] = 1,
            ["projection_dim"] = part.Shapes.ContainsKey(ProjectionWeight) ? part.Side(ProjectionWeight, 0) : width,
            ["vocab_size"] = part.Side("text_model.embeddings.token_embedding.weight", 0),
        };
    }

    /// <summary>The number of layers of a text encoder.</summary>
    public static int Layers(PartLayout part) => new KeyTree(part.Shapes.Keys).Count("text_model.encoder.layers");

    private static long CrossAttentionWidth(PartLayout part) =>
        part.Shapes.FirstOrDefault(pair => pair.Key.EndsWith(".attn2.to_k.weight", StringComparison.Ordinal)).Value is { IsDefault: false, Length: 2 } shape
            ? shape[1]
            : throw new InvalidDataException("the U-Net has no attention to texts");

    // Stable Diffusion 1 and 2 have one block everywhere and say nothing of it. The last level's number is also the middle's.
    private static void AddDepths(JsonObject config, PartLayout part, UNetLayout layout)
    {
        KeyTree keys = new(part.Shapes.Keys);
        long[] depths = [.. Enumerable.Range(0, layout.Down.Length).Select(level => (long)Math.Max(keys.Count($"down_blocks.{level}.attentions.0.transformer_blocks"), 1))];
        int middle = keys.Count("mid_block.attentions.0.transformer_blocks");
        if (!layout.Down[^1].Attention.Contains(true)) depths[^1] = middle;
        if (depths.Any(depth => depth != 1)) config["transformer_layers_per_block"] = Numbers(depths);
    }

    private static void AddConditions(JsonObject config, CheckpointFamily family, PartLayout part)
    {
        if (part.Shapes.ContainsKey(AddedWeight))
        {
            long added = part.Side(AddedWeight, 1);
            config["addition_embed_type"] = "text_time";
            // Six sizes beside the text's vector for the base model, five for the refiner.
            const int published = 256;
            int numbers = family == CheckpointFamily.StableDiffusionXlRefiner ? 5 : 6;
            config["addition_time_embed_dim"] = added > numbers * published ? published : part.Side("conv_in.weight", 0);
            config["projection_class_embeddings_input_dim"] = added;
        }
        if (part.Shapes.ContainsKey(ClassWeight)) config["num_class_embeds"] = part.Side(ClassWeight, 0);
        if (part.Shapes.ContainsKey(GuidanceWeight)) config["time_cond_proj_dim"] = part.Side(GuidanceWeight, 1);
        if (family == CheckpointFamily.Upscaler) config["only_cross_attention"] = new JsonArray([.. Enumerable.Range(1, config["block_out_channels"]!.AsArray().Count).Select(level => (JsonNode)(level < config["block_out_channels"]!.AsArray().Count))]);
    }

    private static JsonArray Numbers(IEnumerable<long> values) => new([.. values.Select(value => (JsonNode)value)]);

    private static JsonArray Texts(IEnumerable<string> values) => new([.. values.Select(value => (JsonNode)value)]);
}
