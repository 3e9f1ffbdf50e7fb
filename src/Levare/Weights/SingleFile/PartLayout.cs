using System.Collections.Immutable;

namespace Levare.Weights;

/// <summary>The architectures of parts that single files hold.</summary>
internal enum PartKind
{
    /// <summary>A conditional U-Net.</summary>
    UNet,

    /// <summary>A variational autoencoder.</summary>
    Autoencoder,

    /// <summary>A text encoder in transformers' naming.</summary>
    Clip,

    /// <summary>A text encoder in OpenCLIP's naming.</summary>
    OpenClip,

    /// <summary>A ControlNet: the way down of a U-Net, and what leads from the control picture and to the U-Net.</summary>
    ControlNet,
}

/// <summary>A part of a single file: which tensors are its own and what they are called in a model folder. Immutable.</summary>
/// <param name="Name">unet, vae, ...</param>
/// <param name="Kind">Its architecture.</param>
/// <param name="Pairs">Its tensors under both keys.</param>
/// <param name="Shapes">Their shapes by the part's keys.</param>
internal sealed record PartLayout(string Name, PartKind Kind, ImmutableArray<TensorPair> Pairs, IReadOnlyDictionary<string, ImmutableArray<long>> Shapes)
{
    /// <summary>The part of a name and kind whose tensors have a prefix.</summary>
    /// <param name="name">unet, vae, ...</param>
    /// <param name="kind">Its architecture.</param>
    /// <param name="file">All tensors of the file.</param>
    /// <param name="prefix">What the part's keys begin with.</param>
    /// <param name="unmatched">Takes the keys with that prefix that the architecture does not know.</param>
    /// <exception cref="InvalidDataException">A tensor has no shape that could be changed into the part's.</exception>
    public static PartLayout Read(string name, PartKind kind, IReadOnlyDictionary<string, TensorEntry> file, string prefix, ICollection<string> unmatched)
    {
        string[] keys = [.. file.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Select(key => key[prefix.Length..])];
        KeyTranslation translation = new(ModulesOfFile(kind, new KeyTree(keys)));
        ImmutableArray<TensorPair>.Builder pairs = ImmutableArray.CreateBuilder<TensorPair>();
        Dictionary<string, ImmutableArray<long>> shapes = new(StringComparer.Ordinal);
        foreach (string key in keys)
        {
            int before = pairs.Count;
            foreach (TensorPair pair in translation.OfFile(key))
            {
                pairs.Add(pair with { File = prefix + key });
                shapes[pair.Part] = pair.Change.Shape(file[prefix + key]);
            }
            if (pairs.Count == before) unmatched.Add(prefix + key);
        }
        return new(name, kind, pairs.ToImmutable(), shapes);
    }

    /// <summary>A part whose tensors have the keys and shapes of a model folder already.</summary>
    /// <param name="name">controlnet, ...</param>
    /// <param name="kind">Its architecture.</param>
    /// <param name="file">All tensors of the file.</param>
    public static PartLayout Same(string name, PartKind kind, IReadOnlyDictionary<string, TensorEntry> file) =>
        new(name, kind, [.. file.Keys.Select(key => new TensorPair(key, key, TensorChange.None))], file.ToDictionary(pair => pair.Key, pair => pair.Value.Shape, StringComparer.Ordinal));

    /// <summary>The modules of an architecture under both names, as the keys of a single file (without their prefix) tell of them.</summary>
    public static ImmutableArray<ModulePair> ModulesOfFile(PartKind kind, KeyTree keys) => kind switch
    {
        PartKind.UNet => UNetLayout.OfFile(keys).Modules(),
        PartKind.ControlNet => ControlNetLayout.Modules(UNetLayout.OfFile(keys), keys.Count("zero_convs")),
        PartKind.Autoencoder => AutoencoderLayout.OfFile(keys).Modules(),
        PartKind.Clip => TextEncoderLayouts.Clip(keys.Has("text_model")),
        _ => TextEncoderLayouts.OpenClip(keys.Count("transformer.resblocks")),
    };

    /// <summary>The same, as the keys of a model folder's part tell of them.</summary>
    public static ImmutableArray<ModulePair> ModulesOfPart(PartKind kind, KeyTree keys) => kind switch
    {
        PartKind.UNet => UNetLayout.OfPart(keys).Modules(),
        PartKind.ControlNet => ControlNetLayout.Modules(UNetLayout.OfPart(keys), keys.Count("controlnet_down_blocks")),
        PartKind.Autoencoder => AutoencoderLayout.OfPart(keys).Modules(),
        PartKind.Clip => TextEncoderLayouts.Clip(keys.Has("text_model")),
        _ => TextEncoderLayouts.OpenClip(keys.Count("text_model.encoder.layers")),
    };

    /// <summary>A side of a tensor, which tells a size of the part.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, or it has fewer sides.</exception>
    public long Side(string key, int side) => Shapes.TryGetValue(key, out ImmutableArray<long> shape) && side < shape.Length
        ? shape[side]
        : throw new InvalidDataException($"its {Name} has no '{key}' of {side + 1} sides or more, which tells a size");

    /// <summary>This part without the layers and projections that a configuration does not have.</summary>
    /// <param name="layers">How many layers a text encoder has.</param>
    /// <param name="hasProjection">Whether it has a projection.</param>
    public PartLayout Trimmed(int layers, bool hasProjection)
    {
        return this with { Pairs = Pairs.RemoveAll(pair => !Keep(pair.Part)), Shapes = Shapes.Where(pair => Keep(pair.Key)).ToDictionary(StringComparer.Ordinal) };

        bool Keep(string key)
        {
            const string layer = "text_model.encoder.layers.";
            if (key.StartsWith("text_projection.", StringComparison.Ordinal)) return hasProjection;
            return !key.StartsWith(layer, StringComparison.Ordinal) || !int.TryParse(key.AsSpan()[layer.Length..key.IndexOf('.', layer.Length)], out int number) || number < layers;
        }
    }
}
