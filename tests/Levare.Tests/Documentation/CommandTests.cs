using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Levare.Cli;
using Levare.Runtime;
using Xunit;

namespace Levare.Tests.Documentation;

/// <summary>The commands on the pages are commands that the tool has.</summary>
public sealed partial class CommandTests
{
    private static readonly string Root = Path.GetDirectoryName(RepositoryFolder.Find("docs"))!;

    public static TheoryData<string> Pages() => ["README.md", "docs/stable-diffusion.md", "docs/coming-from-a1111.md", "docs/models.md"];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_on_a_page_is_understood(string page)
    {
        string[] commands = [.. Command().Matches(File.ReadAllText(Path.Combine(Root, page))).Select(match => match.Groups["arguments"].Value)];
        Assert.NotEmpty(commands);
        Assert.All(commands, command => Assert.Empty(CommandLine.Parse([.. CommandLineParser.SplitCommandLine(command)]).Errors.Select(error => error.Message)));
    }

    [Theory]
    [InlineData("docs/coming-from-a1111.md")]
    [InlineData("docs/coming-from-diffusers.md")]
    public void Every_option_in_a_table_is_one_of_generate_or_convert(string page)
    {
        HashSet<string> known = [.. CommandLine.Parse([]).RootCommandResult.Command.Subcommands.Where(command => command.Name is "generate" or "convert").SelectMany(command => command.Options).Select(option => option.Name)];
        string[] named = [.. Option().Matches(File.ReadAllText(Path.Combine(Root, page))).Select(match => match.Value).Distinct(StringComparer.Ordinal)];
        Assert.NotEmpty(named);
        Assert.Empty(named.Except(known));
    }

    // In a block of shell, or in a line's own code; what follows # is for people.
    [GeneratedRegex(@"(^(\./)?|`)levare (?<arguments>(generate|convert|inspect|init|pull|list|remove|verify)( [^`\n#]+))", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Command();

    [GeneratedRegex(@"(?<=`|, |\s)--[a-z][a-z0-9-]*")]
    private static partial Regex Option();
}
