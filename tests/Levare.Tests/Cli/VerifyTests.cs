using System.Text.Json;
using Levare.Verification;
using Levare.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Cli;

public sealed class VerifyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("levare-verify-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Passed_failed_and_unknown_cases_are_counted_and_a_failure_is_the_exit_code()
    {
        string source = GoldenCase.Find(Path.Combine(Golden.Folder!, "schedulers")).First(folder => Path.GetFileName(folder).StartsWith("euler_", StringComparison.Ordinal));
        Copy(source, "schedulers/good");
        CliResult good = CliProcess.Run(_folder, "verify", ".");
        Assert.Equal((0, "verify: 1 passed, 0 failed, 0 not supported"), (good.ExitCode, LastLine(good.Output)));

        Copy(source, "schedulers/bad");
        Falsify(Path.Combine(_folder, "schedulers", "bad", "tensors.safetensors"));
        Directory.CreateDirectory(Path.Combine(_folder, "dreams", "one"));
        File.WriteAllText(Path.Combine(_folder, "dreams", "one", "case.json"), """{"kind": "dream"}""");
        // Schedulers of tokens are of the kind, too, but have no scheduler_config.
        Directory.CreateDirectory(Path.Combine(_folder, "dreams", "two"));
        File.WriteAllText(Path.Combine(_folder, "dreams", "two", "case.json"), """{"kind": "scheduler", "class": "DreamScheduler"}""");
        CliResult bad = CliProcess.Run(_folder, "verify", ".", "--json");
        Assert.Equal((1, "verify: 1 passed, 1 failed, 2 not supported"), (bad.ExitCode, LastLine(bad.Error)));
        using JsonDocument json = JsonDocument.Parse(bad.Output);
        Assert.Equal(["dreams", "schedulers"], json.RootElement.GetProperty("areas").EnumerateArray().Select(area => area.GetProperty("area").GetString()!));
        JsonElement failed = json.RootElement.GetProperty("cases").EnumerateArray().Single(row => row.GetProperty("verdict").ValueEquals("failed"));
        Assert.Equal("schedulers/bad", failed.GetProperty("name").GetString());
        Assert.StartsWith("timesteps: error", failed.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_cases_is_a_usage_error()
    {
        CliResult result = CliProcess.Run(_folder, "verify", ".");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("holds no case.json", result.Error, StringComparison.Ordinal);
    }

    private void Copy(string source, string name)
    {
        string target = Path.Combine(_folder, name);
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(source)) File.WriteAllBytes(Path.Combine(target, Path.GetFileName(file)), File.ReadAllBytes(file));
    }

    private static void Falsify(string path)
    {
        Dictionary<string, Tensor> tensors;
        using (SafetensorsFile file = SafetensorsFile.Open(path)) tensors = file.Entries.Keys.ToDictionary(name => name, name => file.Load(name));
        tensors["timesteps"] += 1;
        SafetensorsWriter.Write(path, tensors);
    }

    private static string LastLine(string text) => text.Trim().ReplaceLineEndings("\n").Split('\n')[^1];
}
