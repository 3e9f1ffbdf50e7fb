using System.CommandLine;
using Levare.Cli.Inspection;
using Levare.Cli.Options;
using Levare.Cli.Terminal;
using Levare.Hub;
using Spectre.Console;

namespace Levare.Cli.Commands;

/// <summary>levare list: the models on this disk.</summary>
internal static class ListCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Command command = new("list", "List the models on this disk: those in the hub's cache and those in ./models.") { SharedOptions.Json };
        command.SetWork((parsed, _) =>
        {
            HubCache cache = new(HubSettings.FromEnvironment());
            ListedModel[] models = [.. ListedModel.In("models"), .. cache.Revisions().Select(ListedModel.Of)];
            if (parsed.GetValue(SharedOptions.Json)) Console.WriteLine(Json(cache, models));
            else Show(cache, models);
            return ExitCodes.Success;
        });
        return command;
    }

    private static void Show(HubCache cache, ListedModel[] models)
    {
        if (models.Length == 0)
        {
            Console.WriteLine($"No models in ./models or {cache.Folder}. Fetch one:  levare pull OWNER/NAME");
            return;
        }
        Table table = new Table().Border(TableBorder.Simple).AddColumn("model").AddColumn("revision").AddColumn(new TableColumn("size").RightAligned()).AddColumn("variants").AddColumn("kind").AddColumn("Levare");
        foreach (ListedModel model in models)
            table.AddRow(Markup.Escape(model.Name), Markup.Escape(model.Revision), ByteSize.Text(model.Bytes), Markup.Escape(model.Variants), Markup.Escape(model.Kind), model.Standing);
        Output.Console.Write(table);
        Console.WriteLine($"cache: {cache.Folder}");
    }

    private static string Json(HubCache cache, ListedModel[] models) => CliJson.Write(json =>
    {
        json.WriteString("cache", cache.Folder);
        json.WriteStartArray("models");
        foreach (ListedModel model in models)
        {
            json.WriteStartObject();
            json.WriteString("name", model.Name);
            json.WriteString("revision", model.Revision);
            json.WriteString("folder", model.Folder);
            json.WriteNumber("bytes", model.Bytes);
            json.WriteString("variants", model.Variants);
            json.WriteString("class", model.Kind);
            json.WriteString("standing", model.Standing);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
