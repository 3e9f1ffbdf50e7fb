using System.Diagnostics;
using System.Text.Json;
using Levare.Codecs;
using Levare.Tests.Data;
using Xunit;

namespace Levare.Tests.Cli;

public sealed class TrainTests : IDisposable
{
    private const string Recipe = """
        {
          "name": "tiny", "data": { "size": 8, "condition": "class" }, "network": { "channels": [8, 16], "layers": 1, "head_channels": 8 },
          "batch": 8, "images": 80, "checkpoint_every": 16, "sampling": { "every": 40, "count": 4, "steps": 2 }
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public TrainTests()
    {
        for (int i = 0; i < 30; i++)
        {
            _folder.Write($"data/dark/{i:00}.png", ImageEncoder.Encode(TestPictures.Plain((byte)i, 0, 0)));
            _folder.Write($"data/light/{i:00}.png", ImageEncoder.Encode(TestPictures.Plain((byte)(255 - i), 200, 200)));
        }
        _folder.Write("tiny.json", Recipe);
    }

    [Fact]
    public void A_run_killed_in_the_middle_goes_on_to_the_losses_of_one_that_was_not()
    {
        CliResult whole = CliProcess.Run(_folder.Path, "train", "--data", "data", "--recipe", "tiny.json", "--out", "whole");
        Assert.True(whole.ExitCode == 0, whole.Error);
        Assert.Contains("levare evaluate whole", whole.Output);
        using (Process killed = CliProcess.Start(_folder.Path, "train", "--data", "data", "--recipe", "tiny.json", "--out", "killed"))
        {
            string checkpoints = Path.Combine(_folder.Path, "killed", "checkpoints");
            SpinWait.SpinUntil(() => killed.HasExited || (Directory.Exists(checkpoints) && Directory.EnumerateDirectories(checkpoints, "0*").Any()), TimeSpan.FromMinutes(2));
            killed.Kill();
            killed.WaitForExit();
        }
        CliResult resumed = CliProcess.Run(_folder.Path, "train", "--resume", "--out", "killed", "--json");
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        using JsonDocument summary = JsonDocument.Parse(resumed.Output);
        Assert.Equal(80, summary.RootElement.GetProperty("images").GetInt64());
        Assert.Equal(Losses("whole"), Losses("killed"));
        CliResult picture = CliProcess.Run(_folder.Path, "generate", "light", "--model", "killed/model", "--out", "light.png", "--quiet");
        Assert.True(picture.ExitCode == 0, picture.Error);
        Assert.True(File.Exists(Path.Combine(_folder.Path, "light.png")));
    }

    [Theory]
    [InlineData("image-46", "image-64")]
    [InlineData("nothing.json", "nothing.json")]
    public void A_recipe_that_does_not_exist_is_named(string recipe, string expected)
    {
        CliResult result = CliProcess.Run(_folder.Path, "train", "--data", "data", "--recipe", recipe, "--out", "run");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(expected, result.Error);
        Assert.False(Directory.Exists(Path.Combine(_folder.Path, "run")));
    }

    [Theory]
    [InlineData("data", "--minutes", "-1")]
    [InlineData("broken", "--minutes", "1")]
    public void A_run_that_cannot_begin_leaves_its_folder_to_the_next_attempt(string data, params string[] options)
    {
        _folder.Write("broken/a/a.png", "no picture"u8.ToArray());
        string[] arguments = ["train", "--recipe", "tiny.json", "--out", "run", "--quiet"];
        Assert.NotEqual(0, CliProcess.Run(_folder.Path, [.. arguments, "--data", data, .. options]).ExitCode);
        CliResult corrected = CliProcess.Run(_folder.Path, [.. arguments, "--data", "data", "--images", "8"]);
        Assert.True(corrected.ExitCode == 0, corrected.Error);
    }

    [Fact]
    public void Options_that_contradict_each_other_are_misuse() =>
        Assert.Equal(2, CliProcess.Run(_folder.Path, "train", "--resume", "--recipe", "tiny.json", "--out", "run").ExitCode);

    [Fact]
    public void A_folder_without_a_run_cannot_be_evaluated() =>
        Assert.Equal(2, CliProcess.Run(_folder.Path, "evaluate", "data").ExitCode);

    public void Dispose() => _folder.Dispose();

    private string[] Losses(string run) =>
        [.. File.ReadLines(Path.Combine(_folder.Path, run, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("loss").GetRawText())];
}
