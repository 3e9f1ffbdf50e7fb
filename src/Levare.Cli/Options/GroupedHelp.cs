using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Levare.Cli.Options;

/// <summary>The usual help, with titles between a command's groups of options.</summary>
/// <param name="usual">What writes the help.</param>
/// <param name="groups">The groups of a command's options, in the order in which the command has them; none for most.</param>
internal sealed class GroupedHelp(HelpAction usual, Func<Command, IReadOnlyList<OptionGroup>> groups) : SynchronousCommandLineAction
{
    // Who asks what a command needs has not given it yet.
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        IReadOnlyList<OptionGroup> titled = groups(parseResult.CommandResult.Command);
        if (titled.Count == 0) return usual.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        using StringWriter text = new();
        parseResult.InvocationConfiguration.Output = text;
        int exitCode = usual.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;
        foreach (string line in text.ToString().TrimEnd().Split(Environment.NewLine))
        {
            if (titled.FirstOrDefault(group => Begins(line, group.Options[0])) is { } begun) output.WriteLine($"{Environment.NewLine} {begun.Title}:");
            output.WriteLine(line);
        }
        return exitCode;
    }

    // An option's line is "  -m, --model <path>   What it does."
    private static bool Begins(string line, Option option) =>
        line.StartsWith("  -", StringComparison.Ordinal) && line.Trim().Split("  ")[0].Split(' ', ',').Contains(option.Name, StringComparer.Ordinal);
}
