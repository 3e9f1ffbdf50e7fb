using System.Diagnostics;

namespace Levare.Tests.Cli;

/// <summary>The tool in a process of its own.</summary>
internal static class CliProcess
{
    private const string Tool = "Levare.Cli.dll";

    public static CliResult Run(string folder, params string[] arguments) => DotnetProcess.Run(Tool, folder, arguments);

    public static Process Start(string folder, params string[] arguments) => DotnetProcess.Start(Tool, folder, arguments);
}
