using System.Globalization;
using System.Text.Json;
using Levare.Adapters;
using Levare.Cli.Terminal;
using Levare.Runtime;
using Spectre.Console;

namespace Levare.Cli.Inspection;

/// <summary>A LoRA or one of its kin: which models it is for, and what it changes by how much.</summary>
internal sealed class AdapterInspection(string path) : IInspection
{
    private const string AnyPart = "(not told)";

    public void Show()
    {
        using AdapterFile adapter = AdapterFile.Open(path);
        Table table = new Table().Border(TableBorder.Simple).AddColumn("part").AddColumn("layer").AddColumn("kind");
        foreach (string name in (string[])["rank", "alpha", "shape"]) table.AddColumn(new TableColumn(name).RightAligned());
        foreach (AdapterModule module in adapter.Modules)
            table.AddRow(
                module.Part ?? AnyPart, Markup.Escape(module.Name), KindName(module.Kind), module.Rank?.ToString(CultureInfo.InvariantCulture) ?? "",
                module.Alpha?.ToString("0.####", CultureInfo.InvariantCulture) ?? "", string.Join(" x ", module.Shape));
        Output.Console.Write(table);
        foreach (string key in adapter.OtherKeys) Console.WriteLine($"{key}: no key of an adapter");
        Console.WriteLine($"{path}: {string.Join(" and ", Kinds(adapter))} for {adapter.Family?.Name() ?? "models of a family that it does not tell"}, {Ranks(adapter)}{adapter.Modules.Length} layers ({Parts(adapter)}), {ModelParts.Short(FileSize.Of(adapter.Path))}B");
    }

    public void WriteJson(Utf8JsonWriter json)
    {
        using AdapterFile adapter = AdapterFile.Open(path);
        json.WriteString("path", path);
        json.WriteNumber("bytes", FileSize.Of(adapter.Path));
        json.WriteString("adapter", string.Join(", ", Kinds(adapter)));
        json.WriteString("family", adapter.Family?.ToString());
        json.WriteStartArray("modules");
        foreach (AdapterModule module in adapter.Modules)
        {
            json.WriteStartObject();
            json.WriteString("name", module.Name);
            json.WriteString("part", module.Part);
            json.WriteString("kind", KindName(module.Kind));
            if (module.Rank is { } rank) json.WriteNumber("rank", rank);
            if (module.Alpha is { } alpha) json.WriteNumber("alpha", alpha);
            json.WriteStartArray("shape");
            foreach (long side in module.Shape) json.WriteNumberValue(side);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("otherKeys");
        foreach (string key in adapter.OtherKeys) json.WriteStringValue(key);
        json.WriteEndArray();
    }

    private static IEnumerable<string> Kinds(AdapterFile adapter) => adapter.Modules.Select(module => KindName(module.Kind)).Distinct(StringComparer.Ordinal);

    private static string Parts(AdapterFile adapter) =>
        string.Join(", ", adapter.Modules.CountBy(module => module.Part ?? AnyPart, StringComparer.Ordinal).Select(part => $"{part.Value} of {part.Key}"));

    private static string Ranks(AdapterFile adapter)
    {
        long[] ranks = [.. adapter.Modules.Select(module => module.Rank).OfType<long>().Distinct().Order()];
        return ranks.Length == 0 ? "" : $"rank {string.Join(", ", ranks)}, ";
    }

    private static string KindName(AdapterKind kind) => kind switch
    {
        AdapterKind.LowRank => "LoRA",
        AdapterKind.Hadamard => "LoHa",
        AdapterKind.Kronecker => "LoKr",
        _ => "difference",
    };
}
