using System.Diagnostics;

namespace Levare.Tests.Cli;

/// <summary>The tool in a process of its own.</summary>
internal static class CliProcess
{
    private const string Tool = "Levare.Cli.dll";

    public static CliResult Run(string folder, params string[] arguments) => DotnetProcess.Run(Tool, folder, arguments);

    /// <summary>With variables of the environment in place of this process's; null takes one away.</summary>
    public static CliResult Run(string folder, string[] arguments, IReadOnlyDictionary<string, string?> variables) => DotnetProcess.Run(Tool, folder, arguments, variables);

    public static Process Start(string folder, params string[] arguments) => DotnetProcess.Start(Tool, folder, arguments);

    public static Process Start(string folder, string[] arguments, IReadOnlyDictionary<string, string?> variables) => DotnetProcess.Start(Tool, folder, arguments, variables);
}
