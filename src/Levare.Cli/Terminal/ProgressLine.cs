namespace Levare.Cli.Terminal;

/// <summary>One line that says what is going on.</summary>
internal interface IProgressLine : IDisposable
{
    /// <summary>Replaces the line.</summary>
    void Show(string text);
}

/// <summary>A line on standard error, redrawn in place and gone at the end; nothing where there is no terminal.</summary>
internal sealed class ProgressLine : IProgressLine
{
    private const int UsualWidth = 80;

    private ProgressLine()
    {
    }

    /// <summary>A line for where standard error goes.</summary>
    public static IProgressLine Create(bool silent) => silent || !TerminalColours.IsInteractive ? new Nothing() : new ProgressLine();

    // A terminal that does not know how wide it is says 0.
    private static int Width => Console.WindowWidth is > 0 and var width ? width : UsualWidth;

    public void Show(string text) => Console.Error.Write($"\r{text[..Math.Min(text.Length, Width - 1)]}\e[K");

    public void Dispose() => Console.Error.Write("\r\e[K");

    private sealed class Nothing : IProgressLine
    {
        public void Show(string text)
        {
        }

        public void Dispose()
        {
        }
    }
}
