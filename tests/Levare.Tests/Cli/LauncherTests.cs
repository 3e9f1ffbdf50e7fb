using System.Diagnostics;
using Levare.Runtime;
using Xunit;

namespace Levare.Tests.Cli;

/// <summary>The script ./levare at the root.</summary>
public sealed class LauncherTests : IDisposable
{
    private static readonly string Launcher = Path.Combine(Path.GetDirectoryName(RepositoryFolder.Find("docs"))!, "levare");
    private readonly string _folder = Directory.CreateTempSubdirectory("levare-launcher-").FullName;

    public LauncherTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "it is a shell script");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void It_runs_the_tool_from_any_folder_and_through_links()
    {
        File.CreateSymbolicLink(Path.Combine(_folder, "first"), Launcher);
        File.CreateSymbolicLink(Path.Combine(_folder, "second"), "first");
        (int exitCode, string output, _) = Run(Path.Combine(_folder, "second"), Environment.GetEnvironmentVariable("PATH")!, "--version");
        Assert.Equal(0, exitCode);
        Assert.StartsWith("0.1.0", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_dotnet_it_says_what_is_needed()
    {
        foreach (string tool in (string[])["bash", "dirname", "readlink"])
            File.CreateSymbolicLink(Path.Combine(_folder, tool), Path.Combine("/usr/bin", tool));
        (int exitCode, _, string error) = Run(Launcher, _folder, "--version");
        Assert.Equal(1, exitCode);
        Assert.StartsWith("levare: the .NET 10 SDK is needed", error, StringComparison.Ordinal);
    }

    private (int ExitCode, string Output, string Error) Run(string program, string path, string argument)
    {
        ProcessStartInfo start = new("/usr/bin/env", [$"PATH={path}", $"HOME={_folder}", "DOTNET_ROOT=", "bash", program, argument])
        {
            WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
