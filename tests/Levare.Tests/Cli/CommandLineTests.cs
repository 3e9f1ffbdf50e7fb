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

    [Fact]
    public void An_unknown_command_names_the_nearest()
    {
        CliResult result = CliProcess.Run(AppContext.BaseDirectory, "genrate", "x");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("did you mean generate?", result.Error, StringComparison.Ordinal);
    }
}
