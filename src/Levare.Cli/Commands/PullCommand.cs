using System.CommandLine;
using Levare.Cli.Options;
using Levare.Cli.Terminal;
using Levare.Hub;

namespace Levare.Cli.Commands;

/// <summary>levare pull: a model from the Hugging Face hub into the cache shared with Python.</summary>
internal static class PullCommand
{
    private const int MostParallel = 16;

    private static readonly Argument<string> Model = new("model") { Description = "OWNER/NAME, or OWNER/NAME@REVISION for a branch, a tag or a commit." };

    private static readonly Option<string?> Variant = new("--variant") { Description = "The weights' variant, fp16 or bf16 say; parts that lack it come as they are.", HelpName = "name" };

    private static readonly Option<string[]> Include = new("--include") { Description = "Only files whose path fits, '*' standing for anything; may be repeated.", HelpName = "pattern" };

    private static readonly Option<string[]> Exclude = new("--exclude") { Description = "No files whose path fits; may be repeated.", HelpName = "pattern" };

    private static readonly Option<int> Parallel = new("--parallel") { Description = "Files that are fetched at the same time.", HelpName = "number", DefaultValueFactory = _ => new PullOptions().Parallel };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Command command = new("pull", "Fetch a model from the Hugging Face hub: only what it needs, checked, resumed where it broke off.")
        {
            Model, Variant, Include, Exclude, Parallel, SharedOptions.Json, SharedOptions.Quiet,
        };
        command.SetWork(Pull);
        return command;
    }

    private static int Pull(ParseResult parsed, CancellationToken cancellation)
    {
        HubReference model = UsageException.Unless(() => HubReference.Parse(parsed.GetValue(Model)!));
        int parallel = parsed.GetValue(Parallel);
        if (parallel is < 1 or > MostParallel) throw new UsageException($"--parallel {parallel}: 1 to {MostParallel}.");
        bool json = parsed.GetValue(SharedOptions.Json), silent = json || parsed.GetValue(SharedOptions.Quiet);
        HubSettings settings = HubSettings.FromEnvironment();
        PulledModel pulled;
        using (PullView view = new(silent, settings))
        {
            PullOptions options = new()
            {
                Variant = parsed.GetValue(Variant), Include = [.. parsed.GetValue(Include) ?? []], Exclude = [.. parsed.GetValue(Exclude) ?? []],
                Parallel = parallel, Planned = view.Announce,
            };
            pulled = HubModel.PullAsync(model, options, settings, view, cancellation).GetAwaiter().GetResult();
        }
        if (json) Console.WriteLine(Json(pulled));
        else Tell(pulled, silent);
        return ExitCodes.Success;
    }

    private static void Tell(PulledModel pulled, bool silent)
    {
        if (!silent)
        {
            foreach (string path in pulled.Repaired) Console.Error.WriteLine($"Note: {path} was damaged, and was fetched again.");
            Console.Error.WriteLine($"{pulled.Model.Id} at {pulled.Commit[..12]}: {PullView.Files(pulled.Files.Length)}, {ByteSize.Text(pulled.Bytes)}{Share(pulled)}.");
        }
        Console.WriteLine(pulled.Files.Length == 1 ? Path.Combine(pulled.Folder, pulled.Files[0]) : pulled.Folder);
    }

    private static string Share(PulledModel pulled) =>
        pulled.Fetched == 0 ? ", all of it here already" : pulled.Fetched < pulled.Bytes ? $", {ByteSize.Text(pulled.Fetched)} of it fetched" : "";

    private static string Json(PulledModel pulled) => CliJson.Write(json =>
    {
        json.WriteString("model", pulled.Model.Id);
        json.WriteString("revision", pulled.Model.Revision);
        json.WriteString("commit", pulled.Commit);
        json.WriteString("folder", pulled.Folder);
        json.WriteNumber("bytes", pulled.Bytes);
        json.WriteNumber("fetched", pulled.Fetched);
        json.WriteStartArray("files");
        foreach (string path in pulled.Files.Order(StringComparer.Ordinal)) json.WriteStringValue(path);
        json.WriteEndArray();
        json.WriteStartArray("repaired");
        foreach (string path in pulled.Repaired.Order(StringComparer.Ordinal)) json.WriteStringValue(path);
        json.WriteEndArray();
    });
}
