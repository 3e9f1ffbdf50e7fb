using System.Collections.Immutable;
using Levare.Weights;
using TorchSharp;

namespace Levare.Adapters;

/// <summary>The weights of a model's parts, found by the names that adapters have for layers. Immutable and thread-safe.</summary>
public sealed class AdapterTargets
{
    private const string WeightEnding = ".weight", BiasEnding = ".bias";
    private readonly ImmutableArray<Part> _parts;

    private AdapterTargets(ImmutableArray<Part> parts) => _parts = parts;

    /// <summary>No weights; parts are added by <see cref="With(string, IEnumerable{KeyValuePair{string, ImmutableArray{long}}})"/>.</summary>
    public static AdapterTargets None { get; } = new([]);

    /// <summary>These and those of one part more.</summary>
    /// <param name="part">Its name in model_index.json: unet, text_encoder, text_encoder_2.</param>
    /// <param name="shapes">The shapes of its weights, by key.</param>
    public AdapterTargets With(string part, IEnumerable<KeyValuePair<string, ImmutableArray<long>>> shapes) => new(_parts.Add(new(part, shapes)));

    /// <summary>These and those of a network.</summary>
    /// <inheritdoc cref="With(string, IEnumerable{KeyValuePair{string, ImmutableArray{long}}})"/>
    public AdapterTargets With(string part, torch.nn.Module network) =>
        With(part, network.named_parameters().Select(parameter => KeyValuePair.Create(parameter.name, parameter.parameter.shape.ToImmutableArray())));

    /// <summary>These and those of a file in the network's own keys.</summary>
    /// <inheritdoc cref="With(string, IEnumerable{KeyValuePair{string, ImmutableArray{long}}})"/>
    public AdapterTargets With(string part, IWeights weights) => With(part, weights.Entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Shape)));

    /// <summary>The parts.</summary>
    internal IEnumerable<string> Parts => _parts.Select(part => part.Name);

    /// <summary>The layers that a module's name may mean: one where it names its part, else one in each part that has such a layer.</summary>
    internal IEnumerable<AdapterTarget> Find(string module)
    {
        AdapterName name = AdapterName.Parse(module);
        foreach (Part part in _parts)
            if ((name.Part is null || name.Part == part.Name) && part.Layers.TryGetValue(name.Layer, out string? layer))
                yield return new(part.Name, layer, part.Shapes.GetValueOrDefault(layer + WeightEnding, []), part.Shapes.GetValueOrDefault(layer + BiasEnding, []));
    }

    private sealed class Part
    {
        public Part(string name, IEnumerable<KeyValuePair<string, ImmutableArray<long>>> shapes)
        {
            Name = name;
            Shapes = shapes.ToImmutableDictionary(StringComparer.Ordinal);
            string[] layers = [.. Shapes.Keys.Where(key => key.EndsWith(WeightEnding, StringComparison.Ordinal)).Select(key => key[..^WeightEnding.Length]).Order(StringComparer.Ordinal)];
            foreach (string layer in layers)
                if (!Layers.TryAdd(AdapterName.Flat(layer), layer))
                    throw new ArgumentException($"The layers '{Layers[AdapterName.Flat(layer)]}' and '{layer}' of {name} have one name in adapters.", nameof(shapes));
            // A U-Net's layers also have the names of single files. Where such a name is another layer's own, it is that layer's.
            KeyTranslation single = new(UNetLayout.OfPart(new(layers)).Modules());
            foreach (string layer in layers)
                if (single.OfPart(layer) is { } other) Layers.TryAdd(AdapterName.Flat(other.File), layer);
        }

        public string Name { get; }

        public ImmutableDictionary<string, ImmutableArray<long>> Shapes { get; }

        /// <summary>The layer of each flat name.</summary>
        public Dictionary<string, string> Layers { get; } = new(StringComparer.Ordinal);
    }
}

/// <summary>A layer of a part, with the shapes of its weight and its bias; empty where it has none.</summary>
internal sealed record AdapterTarget(string Part, string Layer, ImmutableArray<long> Weight, ImmutableArray<long> Bias)
{
    /// <summary>Whether the changes of a module have the shapes of this layer.</summary>
    public bool Takes(AdapterModule module) => module.Weight?.Fits(Weight) != false && module.Bias?.Fits(Bias) != false;

    /// <summary>The keys of the weights that a module changes, with the changes.</summary>
    public IEnumerable<WeightChange> Changes(AdapterModule module)
    {
        if (module.Weight is { } weight) yield return new(Part, $"{Layer}.weight", module, weight);
        if (module.Bias is { } bias) yield return new(Part, $"{Layer}.bias", module, bias);
    }
}
