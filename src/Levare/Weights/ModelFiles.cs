using System.Collections.Immutable;
using System.Text.Json;

namespace Levare.Weights;

/// <summary>A model on disk, seen as parts: a folder in diffusers' layout, or one file that holds all weights. Immutable and thread-safe; it keeps no file open.</summary>
public abstract class ModelFiles
{
    private protected ModelFiles(string path, JsonElement index, string className, ImmutableArray<ModelPart> parts)
    {
        Path = path;
        Index = index;
        ClassName = className;
        Parts = parts;
    }

    /// <summary>The folder or the file, as a full path.</summary>
    public string Path { get; }

    /// <summary>The root of model_index.json, with the pipeline's own settings (keys that name no part); for a single file what it would be.</summary>
    public JsonElement Index { get; }

    /// <summary>The pipeline's class in Python, "StableDiffusionPipeline" say.</summary>
    public string ClassName { get; }

    /// <summary>The parts that the model has; those that the index calls null are left out.</summary>
    public ImmutableArray<ModelPart> Parts { get; }

    /// <summary>Opens a folder with model_index.json, or a file of weights that is recognised by its keys.</summary>
    /// <param name="path">The folder or the file.</param>
    /// <param name="configuration">For a file: a model folder whose configurations, tokenisers and scheduler hold; they follow from the keys and shapes when null.</param>
    /// <exception cref="IOException">There is no such folder or file.</exception>
    /// <exception cref="InvalidDataException">It is broken, or holds tensors of no known layout.</exception>
    /// <exception cref="ArgumentException">A configuration is given for a folder, which has its own.</exception>
    public static ModelFiles Open(string path, string? configuration = null)
    {
        if (File.Exists(path)) return SingleFileModel.Open(path, configuration);
        return configuration is null
            ? ModelFolder.Open(path)
            : throw new ArgumentException($"{path} is a folder and has its own configurations; those of {configuration} are for single files.", nameof(configuration));
    }

    /// <summary>Whether the model has a part.</summary>
    public bool Has(string name) => Parts.Any(part => part.Name == name);

    /// <summary>Opens a part.</summary>
    /// <exception cref="KeyNotFoundException">The model has no such part; the message lists those that it has.</exception>
    /// <exception cref="FileNotFoundException">The part's folder has no configuration.</exception>
    public ModelComponent Component(string name) => Has(name)
        ? OpenPart(name)
        : throw new KeyNotFoundException($"{Path} has no part '{name}'; it has {string.Join(", ", Parts.Select(part => part.Name))}.");

    /// <summary>The folder of a part, there or not; null for what a single file holds.</summary>
    public abstract string? FolderOf(string name);

    /// <summary>This model as another pipeline's, with some parts from elsewhere. Nothing on disk changes.</summary>
    /// <param name="className">The pipeline's class in Python; this model's when null.</param>
    /// <param name="parts">Parts by name: those of this model that are replaced, and more.</param>
    public ModelFiles With(string? className = null, IEnumerable<KeyValuePair<string, ModelComponent>>? parts = null) =>
        new ReplacedModel(this, className ?? ClassName, (parts ?? []).ToImmutableDictionary(StringComparer.Ordinal));

    /// <summary>Reads all weights, and throws where one is not finite. Loading looks at samples of large tensors only.</summary>
    /// <param name="variant">fp16, say; null takes the plain weights.</param>
    /// <exception cref="InvalidDataException">The message names file and key.</exception>
    public void ThrowIfNotFinite(string? variant = null)
    {
        foreach (ModelPart part in Parts)
        {
            if (FolderOf(part.Name) is { } folder && !ModelComponent.IsComponent(folder)) continue;
            ModelComponent component = Component(part.Name);
            if (component.Variants.Count == 0) continue;
            using IWeights weights = component.OpenWeights(component.Variants.Contains(variant ?? "", StringComparer.Ordinal) ? variant : null);
            FiniteWeights.CheckAll(weights);
        }
    }

    private protected abstract ModelComponent OpenPart(string name);

    // A part is a pair of texts, [library, class]; [null, null] stands for one that the model lacks. A name with a path in it is none.
    private protected static ImmutableArray<ModelPart> PartsOf(JsonElement index) => [.. index.EnumerateObject().Select(Part).OfType<ModelPart>()];

    private static ModelPart? Part(JsonProperty property) =>
        property.Value is { ValueKind: JsonValueKind.Array } pair && pair.GetArrayLength() == 2
        && pair[0].ValueKind == JsonValueKind.String && pair[1].ValueKind == JsonValueKind.String
        && property.Name is not ("" or "." or "..") && property.Name.AsSpan().IndexOfAny("/\\:") < 0
            ? new(property.Name, pair[0].GetString()!, pair[1].GetString()!)
            : null;
}
