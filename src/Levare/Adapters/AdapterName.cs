using System.Collections.Immutable;

namespace Levare.Adapters;

/// <summary>A layer as an adapter calls it, without what differs from one trainer to another.</summary>
/// <param name="Part">The part of the model that the name tells, or null where it tells none.</param>
/// <param name="Layer">The layer's path with underscores for dots: the way in which kohya writes it, and in which all others can be written.</param>
internal readonly record struct AdapterName(string? Part, string Layer)
{
    private const string TextModel = "text_model_";

    private static readonly ImmutableArray<(string Prefix, string? Part)> Prefixes =
    [
        ("lora_unet_", AdapterParts.UNet), ("lora_te_", AdapterParts.TextEncoder), ("lora_te1_", AdapterParts.TextEncoder), ("lora_te2_", AdapterParts.TextEncoder2),
        ("lycoris_", null),
        ("base_model.model.", null), ("unet.", AdapterParts.UNet), ("text_encoder.", AdapterParts.TextEncoder), ("text_encoder_2.", AdapterParts.TextEncoder2),
        ("model.diffusion_model.", AdapterParts.UNet), ("diffusion_model.", AdapterParts.UNet),
    ];

    /// <summary>Reads a module's name.</summary>
    public static AdapterName Parse(string module)
    {
        string? part = null;
        ReadOnlySpan<char> layer = module;
        for (int i = 0; i < Prefixes.Length; i++)
            if (layer.StartsWith(Prefixes[i].Prefix, StringComparison.Ordinal))
            {
                part ??= Prefixes[i].Part;
                layer = layer[Prefixes[i].Prefix.Length..];
                i = -1;
            }
        return new(part, Flat(layer.ToString()));
    }

    /// <summary>The layer's path of a network's own key, or of a module's name behind its prefix.</summary>
    /// <remarks>Text encoders are known with and without the outermost "text_model".</remarks>
    public static string Flat(string path)
    {
        string flat = path.Replace('.', '_');
        return flat.StartsWith(TextModel, StringComparison.Ordinal) ? flat[TextModel.Length..] : flat;
    }
}
