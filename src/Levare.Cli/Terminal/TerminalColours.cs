namespace Levare.Cli.Terminal;

/// <summary>What the terminal can show, by the conventions that terminals set.</summary>
internal static class TerminalColours
{
    /// <summary>Whether output goes to a person's terminal that understands control sequences, and colour is not refused (no-color.org).</summary>
    public static bool IsInteractive => !Console.IsOutputRedirected && !Console.IsErrorRedirected
        && string.IsNullOrEmpty(Variable("NO_COLOR")) && Variable("TERM") != "dumb";

    /// <summary>Whether it shows 24-bit colours.</summary>
    public static bool AreTrue => Variable("COLORTERM") is "truecolor" or "24bit"
        || Variable("TERM").EndsWith("-direct", StringComparison.Ordinal)
        || Variable("WT_SESSION").Length > 0;

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? "";
}
