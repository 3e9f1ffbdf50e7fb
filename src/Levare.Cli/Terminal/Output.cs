using Spectre.Console;

namespace Levare.Cli.Terminal;

/// <summary>Standard output for tables: as wide as they need where it is no terminal.</summary>
internal static class Output
{
    private const int WideEnough = 200;

    /// <summary>The console.</summary>
    public static IAnsiConsole Console { get; } = Create();

    private static IAnsiConsole Create()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings());
        if (System.Console.IsOutputRedirected) console.Profile.Width = WideEnough;
        return console;
    }
}
