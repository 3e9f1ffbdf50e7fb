using System.CommandLine;
using System.Runtime.InteropServices;

namespace Levare.Cli;

/// <summary>How commands run: beside the thread that listens for Ctrl+C.</summary>
internal static class Work
{
    private static Task? s_running;

    /// <summary>Gives a command its work. Torch's scopes are per thread: the work stays on one of its own.</summary>
    public static void SetWork(this Command command, Func<ParseResult, CancellationToken, int> work) => command.SetAction((parsed, cancellation) =>
    {
        Task<int> running = Task.Factory.StartNew(() => work(parsed, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        s_running = running;
        return running;
    });

    /// <summary>Ends the process if the work did not stop in time, and without unloading the native code that it may be in, which would crash.</summary>
    public static void Abandon(int exitCode)
    {
        if (s_running is null or { IsCompleted: true }) return;
        Console.Error.WriteLine("levare: stopped.");
        if (!OperatingSystem.IsWindows()) ExitAtOnce(exitCode);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    private static extern void ExitAtOnce(int exitCode);
}
