using System.CommandLine;

namespace Levare.Cli;

/// <summary>How commands run.</summary>
internal static class Work
{
    /// <summary>Gives a command its work, which runs beside the thread that listens for Ctrl+C. Torch's scopes are per thread: it stays on one.</summary>
    public static void SetWork(this Command command, Func<ParseResult, CancellationToken, int> work) =>
        command.SetAction((parsed, cancellation) => Task.Factory.StartNew(
            () => work(parsed, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
}
