using Xunit;

namespace Levare.Tests.Cli;

public sealed class CommandLineTests
{
    [Fact]
    public void Who_names_no_command_is_told_which_there_are()
    {
        CliResult result = CliProcess.Run(AppContext.BaseDirectory);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        foreach (string command in new[] { "generate", "train", "evaluate", "inspect", "verify", "bench" })
            Assert.Contains(command, result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pull", "--help")]
    [InlineData("convert", "--help")]
    [InlineData("inspect", "--help")]
    [InlineData("init", "sd15", "--help")]
    [InlineData("help")]
    [InlineData("help", "pull")]
    public void Help_is_given_whatever_else_is_missing(params string[] arguments)
    {
        CliResult result = CliProcess.Run(AppContext.BaseDirectory, arguments);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("Usage:", result.Output, StringComparison.Ordinal);
        string topic = arguments.FirstOrDefault(argument => argument is not ("help" or "--help"), "");
        Assert.Contains($"levare {topic}", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_for_an_unknown_command_names_the_nearest()
    {
        CliResult result = CliProcess.Run(AppContext.BaseDirectory, "genrate", "--help");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("did you mean generate?", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_is_not_made_where_a_file_is()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("taken"), "");
        CliResult result = CliProcess.Run(folder.Path, "init", "sd15", "--out", "taken");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("taken is a file", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_command_names_the_nearest()
    {
        CliResult result = CliProcess.Run(AppContext.BaseDirectory, "genrate", "x");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("did you mean generate?", result.Error, StringComparison.Ordinal);
    }
}
