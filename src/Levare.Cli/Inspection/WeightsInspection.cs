using System.Globalization;
using System.Text.Json;
using Levare.Cli.Terminal;
using Levare.Runtime;
using Levare.Weights;
using Spectre.Console;

namespace Levare.Cli.Inspection;

/// <summary>A file of weights: its keys, shapes and formats.</summary>
internal sealed class WeightsInspection : IInspection
{
    private readonly string _path;
    private readonly TensorEntry[] _entries;
    private readonly long _parameters;
    private readonly string _types;
    private readonly IReadOnlyDictionary<string, string> _metadata;

    public WeightsInspection(string path)
    {
        _path = path;
        using IWeights weights = WeightsFile.Open(path);
        _entries = [.. weights.Entries.Values.OrderBy(entry => entry.Name, StringComparer.Ordinal)];
        _parameters = ModelParts.Parameters(weights);
        _types = ModelParts.Types(weights);
        _metadata = weights is SafetensorsFile file ? file.Metadata : new Dictionary<string, string>();
    }

    public void Show()
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("key").AddColumn("type").AddColumn("shape").AddColumn(new TableColumn("numbers").RightAligned());
        foreach (TensorEntry entry in _entries)
            table.AddRow(Markup.Escape(entry.Name), SafetensorsTypes.Name(entry.Type), string.Join(" x ", entry.Shape), Numbers(entry).ToString(CultureInfo.InvariantCulture));
        Output.Console.Write(table);
        foreach ((string key, string text) in _metadata) Console.WriteLine($"{key}: {text}");
        Console.WriteLine($"{_path}: {_entries.Length} tensors, {ModelParts.Short(_parameters)} numbers ({_types}), {ModelParts.Short(FileSize.Of(_path))}B");
    }

    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("path", _path);
        json.WriteNumber("bytes", FileSize.Of(_path));
        json.WriteNumber("parameters", _parameters);
        json.WriteStartObject("metadata");
        foreach ((string key, string text) in _metadata) json.WriteString(key, text);
        json.WriteEndObject();
        json.WriteStartArray("tensors");
        foreach (TensorEntry entry in _entries)
        {
            json.WriteStartObject();
            json.WriteString("key", entry.Name);
            json.WriteString("type", SafetensorsTypes.Name(entry.Type));
            json.WriteStartArray("shape");
            foreach (long side in entry.Shape) json.WriteNumberValue(side);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static long Numbers(TensorEntry entry) => entry.Shape.Aggregate(1L, (product, side) => product * side);
}
