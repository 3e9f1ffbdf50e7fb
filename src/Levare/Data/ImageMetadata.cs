using System.Text.Json;

namespace Levare.Data;

/// <summary>What a folder's metadata.jsonl or metadata.csv says of one picture.</summary>
/// <param name="Caption">Its text or caption; null without one.</param>
/// <param name="Label">The name of its class; null without one.</param>
internal sealed record ImageMetadata(string? Caption, string? Label)
{
    private const string File = "file_name";

    /// <summary>The names of the files that are looked for.</summary>
    public static IReadOnlyList<string> Names { get; } = ["metadata.jsonl", "metadata.csv"];

    /// <summary>The metadata of a folder by the pictures' relative paths; null when the folder has no such file.</summary>
    public static Dictionary<string, ImageMetadata>? Find(string folder)
    {
        string jsonl = Path.Combine(folder, Names[0]), csv = Path.Combine(folder, Names[1]);
        if (System.IO.File.Exists(jsonl)) return Collect(jsonl, JsonRows(jsonl));
        return System.IO.File.Exists(csv) ? Collect(csv, CsvRows(csv)) : null;
    }

    private static Dictionary<string, ImageMetadata> Collect(string path, IEnumerable<(int Line, IReadOnlyDictionary<string, string> Row)> rows)
    {
        Dictionary<string, ImageMetadata> all = new(StringComparer.Ordinal);
        foreach ((int line, IReadOnlyDictionary<string, string> row) in rows)
        {
            string file = row.GetValueOrDefault(File)
                ?? throw new InvalidDataException($"{path}, line {line}: '{File}' is missing; there are {string.Join(", ", row.Keys)}.");
            all[file.Replace('\\', '/')] = new(row.GetValueOrDefault("text") ?? row.GetValueOrDefault("caption"), row.GetValueOrDefault("label"));
        }
        return all;
    }

    private static IEnumerable<(int, IReadOnlyDictionary<string, string>)> JsonRows(string path)
    {
        int line = 0;
        foreach (string text in System.IO.File.ReadLines(path))
        {
            line++;
            if (!string.IsNullOrWhiteSpace(text)) yield return (line, JsonRow(path, line, text));
        }
    }

    private static Dictionary<string, string> JsonRow(string path, int line, string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.EnumerateObject()
                .Where(p => p.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                .ToDictionary(p => p.Name, p => p.Value.ToString(), StringComparer.Ordinal);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException($"{path}, line {line}: it is no JSON object of distinct keys ({e.Message}).", e);
        }
    }

    private static IEnumerable<(int, IReadOnlyDictionary<string, string>)> CsvRows(string path)
    {
        string[]? names = null;
        int line = 0;
        foreach (string[] fields in Csv.Read(path))
        {
            line++;
            if (names is null)
            {
                names = fields;
                continue;
            }
            if (fields.Length != names.Length)
                throw new InvalidDataException($"{path}, record {line}: {fields.Length} fields, where the header has {names.Length}.");
            yield return (line, names.Zip(fields).Where(p => p.Second.Length > 0).DistinctBy(p => p.First).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal));
        }
    }
}
