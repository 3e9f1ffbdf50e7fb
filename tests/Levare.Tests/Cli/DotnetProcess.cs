using System.Diagnostics;

namespace Levare.Tests.Cli;

/// <summary>What a program did.</summary>
internal sealed record CliResult(int ExitCode, string Output, string Error);

/// <summary>Programs that lie beside the tests, each in a process of its own.</summary>
internal static class DotnetProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static CliResult Run(string program, string folder, params string[] arguments) => Run(program, folder, arguments, new Dictionary<string, string?>());

    public static CliResult Run(string program, string folder, string[] arguments, IReadOnlyDictionary<string, string?> variables)
    {
        using Process process = Start(program, folder, arguments, variables);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end.");
        }
        return new(process.ExitCode, output.Result, error.Result);
    }

    public static Process Start(string program, string folder, params string[] arguments) => Start(program, folder, arguments, new Dictionary<string, string?>());

    public static Process Start(string program, string folder, string[] arguments, IReadOnlyDictionary<string, string?> variables)
    {
        ProcessStartInfo start = new("dotnet") { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, program));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        foreach ((string name, string? value) in variables) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Whether programs that are started here never see Ctrl+C: bit 1 of SigIgn is SIGINT, and what a process ignores, its children ignore.</summary>
    public static bool IgnoresInterrupts() => File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is { } line
        && (Convert.ToUInt64(line[7..].Trim(), 16) & 2) != 0;
}
