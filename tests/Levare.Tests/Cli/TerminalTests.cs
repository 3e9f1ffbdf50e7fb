using System.Diagnostics;
using Levare.Tests.Pipelines;
using Xunit;

namespace Levare.Tests.Cli;

/// <summary>The tool on a terminal, which script(1) of util-linux makes.</summary>
public sealed class TerminalTests : IDisposable
{
    private const string Script = "/usr/bin/script", HalfBlock = "▀";
    private readonly TinyModel _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public void A_terminal_with_true_colour_shows_the_picture_at_every_step()
    {
        string shown = OnTerminal(("COLORTERM", "truecolor"));
        // Five steps of four lines of eight pixels, two rows of pixels to a line.
        Assert.Equal(5 * 4 * 8, shown.Split(HalfBlock).Length - 1);
        Assert.Contains("step 5 of 5", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void A_terminal_without_shows_progress_alone()
    {
        string shown = OnTerminal(("COLORTERM", ""));
        Assert.DoesNotContain(HalfBlock, shown, StringComparison.Ordinal);
        Assert.Contains("step 5 of 5", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NO_COLOR", "1", "")]
    [InlineData("COLORTERM", "truecolor", "--quiet")]
    public void Nothing_moves_where_colour_is_refused_or_silence_asked_for(string variable, string value, string option)
    {
        string shown = OnTerminal((variable, value), option);
        // The runtime itself says a word to the terminal; what is ours is the bar, the picture and the hidden cursor.
        Assert.All((string[])["━", HalfBlock, "\e[?25l"], mark => Assert.DoesNotContain(mark, shown, StringComparison.Ordinal));
        Assert.Equal(option.Length == 0, shown.Contains("star.png", StringComparison.Ordinal));
    }

    private string OnTerminal((string Name, string Value) variable, string option = "")
    {
        Assert.SkipWhen(!File.Exists(Script), "script(1) of util-linux is not here");
        string command = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "Levare.Cli.dll")}' generate star --model '{_model.Folder}' {option}";
        ProcessStartInfo start = new(Script, ["-qec", command, "/dev/null"]) { WorkingDirectory = _model.Folder, RedirectStandardOutput = true, RedirectStandardInput = true, UseShellExecute = false };
        start.Environment["TERM"] = "xterm-256color";
        start.Environment.Remove("NO_COLOR");
        start.Environment[variable.Name] = variable.Value;
        using Process process = Process.Start(start)!;
        string shown = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return shown;
    }
}
