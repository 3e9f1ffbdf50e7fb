using System.Text.Json;
using Levare.Weights;

namespace Levare.Networks.Clip;

/// <summary>The settings of a CLIP text encoder; the defaults are those of CLIP ViT-L/14's configuration class.</summary>
public sealed record ClipTextConfig
{
    /// <summary>Token numbers that the embedding knows.</summary>
    public int VocabularySize { get; init; } = 49408;

    /// <summary>Positions that the embedding knows: the longest text.</summary>
    public int Positions { get; init; } = 77;

    /// <summary>The encoder's layers.</summary>
    public ClipEncoderConfig Encoder { get; init; } = new();

    /// <summary>The width of the projected text, in models that have the projection.</summary>
    public int ProjectionWidth { get; init; } = 512;

    /// <summary>The number of the token at whose position the text as a whole is read. 2 is what early files say: then it is the position of the largest number.</summary>
    public int EndNumber { get; init; } = 49407;

    /// <summary>Reads config.json of a text encoder, or of a whole CLIP model (its text_config). Settings that are transformers' own are passed over.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <exception cref="InvalidDataException">A setting is not sound; the message names it.</exception>
    public static ClipTextConfig Read(JsonElement json, string source)
    {
        ClipTextConfig standard = new();
        ConfigReader reader = ClipEncoderConfig.PartOf(json, "text_config", source, standard.ProjectionWidth, out int projection);
        ClipTextConfig config = new()
        {
            VocabularySize = reader.Int("vocab_size", standard.VocabularySize),
            Positions = reader.Int("max_position_embeddings", standard.Positions),
            Encoder = ClipEncoderConfig.Read(reader, standard.Encoder),
            ProjectionWidth = projection,
            EndNumber = reader.NullableInt("eos_token_id", null) ?? standard.EndNumber,
        };
        const int most = 1 << 24;
        if (config.VocabularySize is < 1 or > most || config.Positions is < 1 or > most || config.ProjectionWidth is < 1 or > ClipEncoderConfig.Widest)
            throw new InvalidDataException($"{source}: 'vocab_size' and 'max_position_embeddings' must be in 1..{most}, and 'projection_dim' in 1..{ClipEncoderConfig.Widest}.");
        config.Encoder.Validate(source);
        return config;
    }
}
