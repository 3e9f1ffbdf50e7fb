using System.CommandLine;
using Levare.Cli.Options;
using Levare.Hub;

namespace Levare.Cli.Commands;

/// <summary>levare remove: a model, or a revision of it, out of the cache.</summary>
internal static class RemoveCommand
{
    private static readonly Argument<string> Model = new("model") { Description = "OWNER/NAME for all its revisions, OWNER/NAME@REVISION for one." };

    private static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do not ask." };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Command command = new("remove", "Remove a model from the hub's cache; what other revisions use stays.") { Model, Yes, SharedOptions.Quiet };
        command.SetWork((parsed, _) => Remove(parsed));
        return command;
    }

    private static int Remove(ParseResult parsed)
    {
        string text = parsed.GetValue(Model)!;
        if (Path.Exists(text)) throw new UsageException($"{text} is a path of yours: delete it yourself. Only models in the hub's cache are removed.");
        HubReference model = UsageException.Unless(() => HubReference.Parse(text));
        HubCache cache = new(HubSettings.FromEnvironment());
        CacheRemoval removal = cache.PlanRemoval(model);
        string what = $"{model} ({ByteSize.Text(removal.Bytes)})";
        if (!parsed.GetValue(Yes) && !Agrees(what)) return ExitCodes.Failure;
        cache.Remove(removal);
        if (!parsed.GetValue(SharedOptions.Quiet)) Console.Error.WriteLine($"Removed {what}.");
        return ExitCodes.Success;
    }

    private static bool Agrees(string what)
    {
        if (Console.IsInputRedirected) throw new UsageException($"Nobody is here to be asked whether {what} is to be removed: say --yes.");
        Console.Error.Write($"Remove {what} from this disk? [y/N] ");
        if (Console.ReadLine()?.Trim().ToUpperInvariant() is "Y" or "YES") return true;
        Console.Error.WriteLine("Nothing was removed.");
        return false;
    }
}
