using System.Text.Json;
using Levare.Compatibility;
using Levare.Runtime;

namespace Levare.Pipelines;

/// <summary>A model's folder in diffusers' layout: model_index.json and a folder for each part. Immutable.</summary>
public sealed class ModelIndex
{
    /// <summary>The name of the file that makes a folder a model.</summary>
    public const string FileName = "model_index.json";

    private ModelIndex(string folder, JsonElement json, string className)
    {
        Folder = folder;
        Json = json;
        ClassName = className;
    }

    /// <summary>The folder, as a full path.</summary>
    public string Folder { get; }

    /// <summary>The root of model_index.json.</summary>
    public JsonElement Json { get; }

    /// <summary>The pipeline's class in Python, "DDPMPipeline" say.</summary>
    public string ClassName { get; }

    /// <summary>The parts by name, with the library and the class of each.</summary>
    public IEnumerable<(string Name, string Library, string Class)> Parts => Json.EnumerateObject()
        .Where(property => property.Value.ValueKind == JsonValueKind.Array && property.Value.GetArrayLength() == 2)
        .Select(property => (property.Name, property.Value[0].ToString(), property.Value[1].ToString()));

    /// <summary>The folder of a part.</summary>
    public string PartFolder(string name) => Path.Combine(Folder, name);

    /// <summary>Reads a folder's index.</summary>
    /// <exception cref="IOException">There is no such folder, or no model in it; the message names what may have been meant.</exception>
    /// <exception cref="InvalidDataException">The index is not sound.</exception>
    public static ModelIndex Open(string folder)
    {
        string full = Path.GetFullPath(folder), file = Path.Combine(full, FileName);
        if (!Directory.Exists(full)) throw new DirectoryNotFoundException($"there is no model folder {folder}{Meant(full)}");
        if (!File.Exists(file)) throw new FileNotFoundException($"{folder} is no model folder: it has no {FileName}{Below(full)}");
        try
        {
            using JsonDocument document = PythonJson.Parse(File.ReadAllBytes(file));
            JsonElement root = document.RootElement.Clone();
            string? className = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("_class_name", out JsonElement value) ? value.GetString() : null;
            return new(full, root, className ?? throw new JsonException("it names no _class_name"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{file} is not sound: {e.Message}", e);
        }
    }

    private static string Meant(string folder)
    {
        string? parent = Path.GetDirectoryName(folder);
        if (parent is null || !Directory.Exists(parent)) return ".";
        string[] siblings = [.. Directory.EnumerateDirectories(parent).Where(IsModel).Select(path => Path.GetFileName(path))];
        return NearestName.Find(Path.GetFileName(folder), siblings) is { } near ? $": did you mean {Path.Combine(parent, near)}?" : ".";
    }

    private static string Below(string folder) =>
        Directory.EnumerateDirectories(folder).FirstOrDefault(IsModel) is { } model ? $"; did you mean {model}?" : ".";

    private static bool IsModel(string folder) => File.Exists(Path.Combine(folder, FileName));
}
