using System.Text.Json;
using Levare.Weights;

namespace Levare.Networks.Clip;

/// <summary>The settings of a CLIP picture encoder; the defaults are those of CLIP's configuration class (ViT-B/32).</summary>
public sealed record ClipVisionConfig
{
    /// <summary>Height and width of the pictures that it reads.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Height and width of the squares that are its tokens; they divide the picture, and a rest is left out.</summary>
    public int PatchSize { get; init; } = 32;

    /// <summary>Channels of pictures.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>The encoder's layers.</summary>
    public ClipEncoderConfig Encoder { get; init; } = new() { Width = 768, InnerWidth = 3072, Heads = 12 };

    /// <summary>The width of the projected picture, in models that have the projection.</summary>
    public int ProjectionWidth { get; init; } = 512;

    /// <summary>Squares in a picture; the encoder sees one token more, which stands for the whole.</summary>
    public int Patches => (ImageSize / PatchSize) * (ImageSize / PatchSize);

    /// <summary>Reads config.json of a picture encoder, or of a whole CLIP model (its vision_config). Settings that are transformers' own are passed over.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <exception cref="InvalidDataException">A setting is not sound; the message names it.</exception>
    public static ClipVisionConfig Read(JsonElement json, string source)
    {
        ClipVisionConfig standard = new();
        ConfigReader reader = ClipEncoderConfig.PartOf(json, "vision_config", source, standard.ProjectionWidth, out int projection);
        ClipVisionConfig config = new()
        {
            ImageSize = reader.Int("image_size", standard.ImageSize),
            PatchSize = reader.Int("patch_size", standard.PatchSize),
            Channels = reader.Int("num_channels", standard.Channels),
            Encoder = ClipEncoderConfig.Read(reader, standard.Encoder),
            ProjectionWidth = projection,
        };
        if (config.PatchSize < 1 || config.ImageSize < config.PatchSize || config.Channels < 1 || config.ProjectionWidth < 1)
            throw new InvalidDataException($"{source}: 'patch_size' {config.PatchSize} does not fit into 'image_size' {config.ImageSize}, or 'num_channels' or 'projection_dim' is below 1.");
        config.Encoder.Validate(source);
        return config;
    }
}
