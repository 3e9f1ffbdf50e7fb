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
        const int largest = 1 << 14, most = 1 << 10;
        if (config.PatchSize < 1 || config.ImageSize < config.PatchSize || config.ImageSize > largest)
            throw new InvalidDataException($"{source}: 'image_size' {config.ImageSize} is not in 'patch_size' {config.PatchSize}..{largest}.");
        if (config.Channels is < 1 or > most || config.ProjectionWidth is < 1 or > ClipEncoderConfig.Widest)
            throw new InvalidDataException($"{source}: 'num_channels' must be in 1..{most}, and 'projection_dim' in 1..{ClipEncoderConfig.Widest}.");
        config.Encoder.Validate(source);
        return config;
    }
}
