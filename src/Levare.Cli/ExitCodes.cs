namespace Levare.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The work could not be done, or a verification failed.</summary>
    public const int Failure = 1;

    /// <summary>The command line was wrong.</summary>
    public const int Usage = 2;

    /// <summary>Stopped by Ctrl+C, as shells number it (128 + SIGINT).</summary>
    public const int Cancelled = 130;
}
