using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Runtime;

namespace Levare.Weights;

/// <summary>The small JSON files beside weights.</summary>
internal static class JsonFile
{
    private const long Largest = 64 << 20;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a file as Python writes it.</summary>
    /// <exception cref="InvalidDataException">It is no JSON, or larger than any such file is.</exception>
    public static JsonDocument Read(string path)
    {
        long size = FileSize.Of(path);
        if (size > Largest) throw new InvalidDataException($"{path} has {size} bytes; at most {Largest} are read.");
        try
        {
            return PythonJson.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not JSON: {e.Message}", e);
        }
    }

    /// <summary>Writes a file, letters of all scripts as they are, aside and moves it into place.</summary>
    public static void Write(string path, JsonNode content) => AtomicFile.WriteText(path, content.ToJsonString(Indented) + "\n");
}
