using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Levare.Cli.Commands;
using Levare.Cli.Options;
using Levare.Pipelines;
using Levare.Runtime;

namespace Levare.Cli;

/// <summary>The tool's commands, and how it answers mistakes, failures and Ctrl+C.</summary>
internal static class CommandLine
{
    // Work sees a cancelled token before its next network evaluation; whoever takes longer is ended.
    private static readonly TimeSpan StopWithin = TimeSpan.FromMilliseconds(900);

    /// <summary>Parses and runs; the result is the process's exit code.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        // Who names no command wants to know what there is.
        ParseResult parsed = Parse(args switch { [] => ["--help"], ["help", .. string[] topic] => [.. topic, "--help"], _ => args });
        if (parsed.Errors.Count + parsed.UnmatchedTokens.Count > 0) return Misuse(parsed);
        try
        {
            int exitCode = await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = StopOf(parsed.CommandResult.Command) });
            Work.Abandon(exitCode);
            return exitCode;
        }
        catch (Exception e)
        {
            return Report(e, verbose: parsed.GetValue(SharedOptions.Verbose));
        }
    }

    /// <summary>What arguments mean, without doing it.</summary>
    public static ParseResult Parse(IReadOnlyList<string> arguments) => Root().Parse(arguments);

    private static TimeSpan StopOf(Command command) => command.Name == TrainCommand.Name ? TrainCommand.StopWithin : StopWithin;

    private static Command Root() => new("levare", "Train diffusion models and make pictures with them, in process and without Python.")
    {
        Help(), new VersionOption(), SharedOptions.Verbose,
        GenerateCommand.Create(), TrainCommand.Create(), EvaluateCommand.Create(),
        InspectCommand.Create(), VerifyCommand.Create(), BenchCommand.Create(),
        PullCommand.Create(), ListCommand.Create(), RemoveCommand.Create(),
        InitCommand.Create(), ConvertCommand.Create(),
    };

    private static HelpOption Help()
    {
        HelpOption help = new();
        help.Action = new GroupedHelp((HelpAction)help.Action!, command => command.Name == GenerateCommand.Name ? GenerateCommand.Groups : []);
        return help;
    }

    private static int Misuse(ParseResult parsed)
    {
        Console.Error.WriteLine($"levare: {(parsed.UnmatchedTokens is [string stray, ..] ? Stray(stray, parsed) : Message(parsed.Errors[0]))}");
        Console.Error.WriteLine($"Try: levare {string.Concat(Path(parsed).Select(name => $"{name} "))}--help");
        return ExitCodes.Usage;
    }

    // The parser's own words name .NET types, which mean nothing to who uses a tool.
    private static string Message(ParseError error) => error.SymbolResult switch
    {
        OptionResult { IdentifierTokenCount: > 1 and var times, Option: { Arity.MaximumNumberOfValues: 1 } option } => $"{option.Name} is given {times} times: once is enough.",
        OptionResult { Option: { } option, Tokens: [{ } value, ..] } when NumberOf(option.ValueType) is { } number => $"{option.Name} {value.Value}: {number} is needed.",
        _ => error.Message,
    };

    private static string? NumberOf(Type type) => type.IsEnum ? null : Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) switch
    {
        TypeCode.Int32 => $"a whole number of at most {int.MaxValue}",
        TypeCode.Int64 => $"a whole number of at most {long.MaxValue}",
        TypeCode.Double => "a number",
        _ => null,
    };

    private static string Stray(string token, ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (token.StartsWith('-')) return $"unknown option '{token}'{NearestName.Hint(token, [.. Options(parsed).Select(option => option.Name)])}";
        return command.Subcommands.Count == 0
            ? $"'{token}' is one argument too many: words that belong together stand in quotes."
            : $"unknown command '{token}'{NearestName.Hint(token, [.. command.Subcommands.Select(sub => sub.Name)])}";
    }

    private static IEnumerable<Option> Options(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.Union(parsed.RootCommandResult.Command.Options.Where(option => option.Recursive));

    private static IEnumerable<string> Path(ParseResult parsed)
    {
        Stack<string> names = new();
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult { Parent: not null } command; at = command.Parent) names.Push(command.Command.Name);
        return names;
    }

    private static int Report(Exception error, bool verbose)
    {
        if (error is AggregateException { InnerExceptions.Count: 1 } wrapper) error = wrapper.InnerExceptions[0];
        if (error is OperationCanceledException)
        {
            Console.Error.WriteLine("levare: stopped.");
            return ExitCodes.Cancelled;
        }
        Console.Error.WriteLine(verbose ? $"levare: {error}" : $"levare: {Message(error)}");
        return error is UsageException or ArgumentException ? ExitCodes.Usage : ExitCodes.Failure;
    }

    // .NET adds the name of a method's parameter, which means nothing here.
    private static string Message(Exception error) => error is ArgumentException { ParamName: { } name }
        ? error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : error.Message;
}
