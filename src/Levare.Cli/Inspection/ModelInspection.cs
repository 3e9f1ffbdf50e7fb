using System.Text.Json;
using Levare.Cli.Terminal;
using Levare.Pipelines;
using Levare.Weights;
using Spectre.Console;

namespace Levare.Cli.Inspection;

/// <summary>A model's folder: its parts, their sizes, its defaults and its card.</summary>
internal sealed class ModelInspection : IInspection
{
    private readonly ModelFolder _model;
    private readonly CountedPart[] _parts;
    private readonly string _fingerprint;
    private readonly ModelCard? _card;

    public ModelInspection(string folder)
    {
        _model = ModelFolder.Open(folder);
        _parts = [.. _model.Parts.Select(part => ModelParts.Read(_model.PartFolder(part.Name), part.Name, part.ClassName))];
        _fingerprint = ModelFingerprint.Of(folder);
        _card = ModelCard.Read(folder);
    }

    public void Show()
    {
        Console.WriteLine($"{_model.Folder}: {_model.ClassName}{(ImageModel.Supports(_model) ? "" : ", which Levare cannot run")}");
        Table table = new Table().Border(TableBorder.Simple).AddColumn("part").AddColumn("class");
        foreach (string name in (string[])["numbers", "type", "bytes"]) table.AddColumn(new TableColumn(name).RightAligned());
        foreach (CountedPart part in _parts)
            table.AddRow(part.Name, Markup.Escape(part.Class), part.Parameters == 0 ? "" : ModelParts.Short(part.Parameters), part.Types, ModelParts.Short(part.Bytes));
        Output.Console.Write(table);
        Console.WriteLine($"fingerprint: {_fingerprint}");
        if (File.Exists(Path.Combine(_model.Folder, ImageDefaults.FileName)))
            Console.WriteLine($"defaults: {File.ReadAllText(Path.Combine(_model.Folder, ImageDefaults.FileName)).ReplaceLineEndings(" ").Trim()}");
        if (_card is null) return;
        if (_card.Licence is not null) Console.WriteLine($"licence: {_card.Licence}");
        Console.WriteLine();
        Console.WriteLine(_card.Opening);
    }

    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("folder", _model.Folder);
        json.WriteString("class", _model.ClassName);
        json.WriteBoolean("supported", ImageModel.Supports(_model));
        json.WriteString("fingerprint", _fingerprint);
        json.WriteNumber("parameters", _parts.Sum(part => part.Parameters));
        json.WriteStartArray("parts");
        foreach (CountedPart part in _parts)
        {
            json.WriteStartObject();
            json.WriteString("name", part.Name);
            json.WriteString("class", part.Class);
            json.WriteNumber("parameters", part.Parameters);
            json.WriteString("types", part.Types);
            json.WriteNumber("bytes", part.Bytes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (_card is null) return;
        json.WriteStartObject("card");
        if (_card.Licence is not null) json.WriteString("licence", _card.Licence);
        json.WriteString("opening", _card.Opening);
        json.WriteEndObject();
    }
}
