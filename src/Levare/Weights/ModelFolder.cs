using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Runtime;

namespace Levare.Weights;

/// <summary>A part of a model as model_index.json names it.</summary>
/// <param name="Name">unet, scheduler, ...; the folder's name too.</param>
/// <param name="Library">The Python package of its class.</param>
/// <param name="ClassName">Its Python class.</param>
public sealed record ModelPart(string Name, string Library, string ClassName);

/// <summary>A model on disk in diffusers' layout: model_index.json, and a folder for each part. Immutable and thread-safe.</summary>
public sealed class ModelFolder
{
    /// <summary>The name of the file that makes a folder a model.</summary>
    public const string IndexName = "model_index.json";

    private readonly ImmutableDictionary<string, string> _moved = ImmutableDictionary<string, string>.Empty;

    private ModelFolder(string folder, JsonElement index, string className)
    {
        Folder = folder;
        Index = index;
        ClassName = className;
        Parts = [.. index.EnumerateObject().Select(Part).OfType<ModelPart>()];
    }

    private ModelFolder(ModelFolder model, string className, ImmutableDictionary<string, string> moved)
        : this(model.Folder, model.Index, className) => _moved = moved;

    /// <summary>The folder, as a full path.</summary>
    public string Folder { get; }

    /// <summary>The root of model_index.json, with the pipeline's own settings (keys that name no part).</summary>
    public JsonElement Index { get; }

    /// <summary>The pipeline's class in Python, "DDPMPipeline" say.</summary>
    public string ClassName { get; }

    /// <summary>The parts that the model has; those that the index calls null are left out.</summary>
    public ImmutableArray<ModelPart> Parts { get; }

    /// <summary>Whether a folder is a model.</summary>
    public static bool IsModel(string folder) => File.Exists(Path.Combine(folder, IndexName));

    /// <summary>Opens a model.</summary>
    /// <exception cref="IOException">There is no such folder, or no model in it; the message names what may have been meant.</exception>
    /// <exception cref="InvalidDataException">The index is not sound.</exception>
    public static ModelFolder Open(string folder)
    {
        string full = Path.GetFullPath(folder), path = Path.Combine(full, IndexName);
        if (!Directory.Exists(full)) throw new DirectoryNotFoundException($"there is no model folder {folder}{Meant(full)}");
        if (!File.Exists(path)) throw new FileNotFoundException($"{folder} is no model folder: it has no {IndexName}{Below(full)}");
        using JsonDocument document = JsonFile.Read(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{path} is not a JSON object.");
        JsonElement index = document.RootElement.Clone();
        return index.TryGetProperty("_class_name", out JsonElement name) && name.ValueKind == JsonValueKind.String
            ? new(full, index, name.GetString()!)
            : throw new InvalidDataException($"{path} names no _class_name.");
    }

    /// <summary>Whether the model has a part.</summary>
    public bool Has(string name) => _moved.ContainsKey(name) || Parts.Any(part => part.Name == name);

    /// <summary>This model as another pipeline's, with some parts from elsewhere. Nothing on disk changes.</summary>
    /// <param name="className">The pipeline's class in Python; this model's when null.</param>
    /// <param name="parts">Folders by the name of the part that is theirs.</param>
    public ModelFolder With(string? className = null, IEnumerable<KeyValuePair<string, string>>? parts = null) =>
        new(this, className ?? ClassName, _moved.SetItems(parts ?? []));

    /// <summary>The folder of a part, there or not.</summary>
    public string PartFolder(string name) => _moved.TryGetValue(name, out string? elsewhere) ? elsewhere : Path.Combine(Folder, name);

    /// <summary>Opens a part.</summary>
    /// <exception cref="KeyNotFoundException">The model has no such part; the message lists those that it has.</exception>
    /// <exception cref="FileNotFoundException">The part's folder has no configuration.</exception>
    public ModelComponent Component(string name) => Has(name)
        ? ModelComponent.Open(PartFolder(name))
        : throw new KeyNotFoundException($"{Folder} has no part '{name}'; it has {string.Join(", ", Parts.Select(part => part.Name))}.");

    /// <summary>Writes model_index.json: the last thing to write, for a folder with it counts as a model.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="className">The pipeline's Python class.</param>
    /// <param name="parts">The parts, whose folders are there already.</param>
    /// <param name="settings">Further keys: settings of the pipeline, or Levare's own, which Python passes over.</param>
    public static void WriteIndex(string folder, string className, IEnumerable<ModelPart> parts, JsonObject? settings = null)
    {
        JsonObject index = new() { ["_class_name"] = className };
        foreach (ModelPart part in parts) index[part.Name] = new JsonArray(part.Library, part.ClassName);
        foreach ((string key, JsonNode? value) in settings ?? []) index[key] = value?.DeepClone();
        JsonFile.Write(Path.Combine(folder, IndexName), index);
    }

    // A part is a pair of texts, [library, class]; [null, null] stands for one that the model lacks. A name with a path in it is none.
    private static ModelPart? Part(JsonProperty property) =>
        property.Value is { ValueKind: JsonValueKind.Array } pair && pair.GetArrayLength() == 2
        && pair[0].ValueKind == JsonValueKind.String && pair[1].ValueKind == JsonValueKind.String
        && property.Name is not ("" or "." or "..") && property.Name.AsSpan().IndexOfAny("/\\:") < 0
            ? new(property.Name, pair[0].GetString()!, pair[1].GetString()!)
            : null;

    private static string Meant(string folder)
    {
        string? parent = Path.GetDirectoryName(folder);
        if (parent is null || !Directory.Exists(parent)) return ".";
        string[] siblings = [.. Directory.EnumerateDirectories(parent).Where(IsModel).Select(path => Path.GetFileName(path))];
        return NearestName.Find(Path.GetFileName(folder), siblings) is { } near ? $": did you mean {Path.Combine(parent, near)}?" : ".";
    }

    private static string Below(string folder) =>
        Directory.EnumerateDirectories(folder).FirstOrDefault(IsModel) is { } model ? $"; did you mean {model}?" : ".";
}
