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
public sealed class ModelFolder : ModelFiles
{
    /// <summary>The name of the file that makes a folder a model.</summary>
    public const string IndexName = "model_index.json";

    private ModelFolder(string folder, JsonElement index, string className) : base(folder, index, className, PartsOf(index))
    {
    }

    /// <summary>The folder, as a full path.</summary>
    public string Folder => Path;

    /// <summary>Whether a folder is a model.</summary>
    public static bool IsModel(string folder) => File.Exists(System.IO.Path.Combine(folder, IndexName));

    /// <summary>Opens a model.</summary>
    /// <exception cref="IOException">There is no such folder, or no model in it; the message names what may have been meant.</exception>
    /// <exception cref="InvalidDataException">The index is not sound.</exception>
    public static ModelFolder Open(string folder)
    {
        string full = System.IO.Path.GetFullPath(folder), path = System.IO.Path.Combine(full, IndexName);
        if (!Directory.Exists(full)) throw new DirectoryNotFoundException($"there is no model folder {folder}{Meant(full)}");
        if (!File.Exists(path)) throw new FileNotFoundException($"{folder} is no model folder: it has no {IndexName}{Below(full)}");
        using JsonDocument document = JsonFile.Read(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{path} is not a JSON object.");
        JsonElement index = document.RootElement.Clone();
        return index.TryGetProperty("_class_name", out JsonElement name) && name.ValueKind == JsonValueKind.String
            ? new(full, index, name.GetString()!)
            : throw new InvalidDataException($"{path} names no _class_name.");
    }

    /// <summary>The folder of a part, there or not.</summary>
    public string PartFolder(string name) => System.IO.Path.Combine(Folder, name);

    /// <inheritdoc/>
    public override string FolderOf(string name) => PartFolder(name);

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
        JsonFile.Write(System.IO.Path.Combine(folder, IndexName), index);
    }

    private protected override ModelComponent OpenPart(string name) => ModelComponent.Open(PartFolder(name));

    private static string Meant(string folder)
    {
        string? parent = System.IO.Path.GetDirectoryName(folder);
        if (parent is null || !Directory.Exists(parent)) return ".";
        string[] siblings = [.. Directory.EnumerateDirectories(parent).Where(IsModel).Select(path => System.IO.Path.GetFileName(path))];
        return NearestName.Find(System.IO.Path.GetFileName(folder), siblings) is { } near ? $": did you mean {System.IO.Path.Combine(parent, near)}?" : ".";
    }

    private static string Below(string folder) =>
        Directory.EnumerateDirectories(folder).FirstOrDefault(IsModel) is { } model ? $"; did you mean {model}?" : ".";
}
