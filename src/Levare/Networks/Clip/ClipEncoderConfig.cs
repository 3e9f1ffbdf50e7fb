using System.Text.Json;
using Levare.Networks.Blocks;
using Levare.Weights;

namespace Levare.Networks.Clip;

/// <summary>The settings of CLIP's transformer layers, of text and picture alike.</summary>
public sealed record ClipEncoderConfig
{
    /// <summary>The largest width that is accepted.</summary>
    /// <remarks>It and the other upper bounds lie far above any encoder there is; a file that passes them is broken, and would ask for all memory.</remarks>
    internal const int Widest = 1 << 16;

    /// <summary>Width of the states between layers.</summary>
    public int Width { get; init; } = 512;

    /// <summary>Width inside the feed-forward parts.</summary>
    public int InnerWidth { get; init; } = 2048;

    /// <summary>Layers.</summary>
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads; they divide the width.</summary>
    public int Heads { get; init; } = 8;

    /// <summary>The non-linearity of the feed-forward parts.</summary>
    public Activation Activation { get; init; } = Activation.QuickGelu;

    /// <summary>Added to variances in layer norms.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    // The settings of an encoder by itself, or as a part of a whole CLIP model, whose own word counts for the projection's width.
    internal static ConfigReader PartOf(JsonElement json, string part, string source, int standardProjection, out int projection)
    {
        ConfigReader whole = new(json, source);
        JsonElement? own = whole.Value<JsonElement?>(part, null, value => value.ValueKind == JsonValueKind.Object ? value : null, "an object");
        ConfigReader reader = own is { } settings ? new(settings, $"{source} ({part})") : whole;
        projection = whole.Int("projection_dim", reader.Int("projection_dim", standardProjection));
        return reader;
    }

    internal static ClipEncoderConfig Read(ConfigReader reader, ClipEncoderConfig standard) => new()
    {
        Width = reader.Int("hidden_size", standard.Width),
        InnerWidth = reader.Int("intermediate_size", standard.InnerWidth),
        Layers = reader.Int("num_hidden_layers", standard.Layers),
        Heads = reader.Int("num_attention_heads", standard.Heads),
        Activation = reader.Value("hidden_act", standard.Activation, value => Activations.Parse(value.GetString() ?? "null"), "quick_gelu, gelu, relu or silu"),
        NormEpsilon = reader.Number("layer_norm_eps", standard.NormEpsilon),
    };

    internal void Validate(string source)
    {
        const int deepest = 256;
        if (Width is < 1 or > Widest || InnerWidth is < 1 or > Widest || Layers is < 0 or > deepest)
            throw new InvalidDataException($"{source}: 'hidden_size' and 'intermediate_size' must be in 1..{Widest}, and 'num_hidden_layers' in 0..{deepest}.");
        if (Heads < 1 || Width % Heads != 0) throw new InvalidDataException($"{source}: {Heads} attention heads do not divide the width {Width}.");
    }
}
