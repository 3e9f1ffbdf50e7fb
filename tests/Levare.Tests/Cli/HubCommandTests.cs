using System.Diagnostics;
using System.Text.Json;
using Levare.Pipelines;
using Levare.Tests.Hub;
using Levare.Tests.Pipelines;
using Xunit;

namespace Levare.Tests.Cli;

public sealed class HubCommandTests : IDisposable
{
    private const string Id = "someone/tiny-model", Commit = "3333333333333333333333333333333333333333";
    private readonly LoopbackHub _hub = new();
    private readonly TemporaryFolder _folder = new();
    private readonly TinyModel _model = new();

    public HubCommandTests()
    {
        Dictionary<string, byte[]> files = Directory.EnumerateFiles(_model.Folder, "*", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(_model.Folder, path).Replace('\\', '/'), File.ReadAllBytes);
        _hub.Add(Id, Commit, ["main"], files);
    }

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
        _model.Dispose();
    }

    [Fact]
    public void A_model_is_pulled_listed_and_removed()
    {
        CliResult pulled = Run("pull", Id);
        Assert.True(pulled.ExitCode == 0, pulled.Error);
        string folder = pulled.Output.Trim();
        Assert.True(File.Exists(Path.Combine(folder, "model_index.json")));
        Assert.Contains($"Fetching {Id}: ", pulled.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', pulled.Error);

        using JsonDocument list = JsonDocument.Parse(Run("list", "--json").Output);
        JsonElement model = Assert.Single(list.RootElement.GetProperty("models").EnumerateArray());
        Assert.Equal((Id, "main", "DDPMPipeline", "supported", "plain"),
            (Text(model, "name"), Text(model, "revision"), Text(model, "class"), Text(model, "standing"), Text(model, "variants")));

        CliResult unasked = Run("remove", Id);
        Assert.Equal(2, unasked.ExitCode);
        Assert.Contains("say --yes", unasked.Error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(folder));
        Assert.Equal(0, Run("remove", Id, "--yes").ExitCode);
        Assert.False(Directory.Exists(folder));
        Assert.Contains("levare pull OWNER/NAME", Run("list").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_the_hub_makes_pictures_and_the_recipe_names_its_commit()
    {
        CliResult first = Run("generate", "star", "--model", Id, "--seed", "3", "--out", "a.png");
        Assert.True(first.ExitCode == 0, first.Error);
        string name = ImageRecipe.Read(_folder.File("a.png"))!.Model!;
        Assert.Equal($"{Id}@{Commit}", name);
        int asked = _hub.Requests.Count;
        Assert.Equal(0, Run("generate", "star", "--model", name, "--seed", "3", "--out", "b.png").ExitCode);
        Assert.Equal(asked, _hub.Requests.Count);
        Assert.Equal(File.ReadAllBytes(_folder.File("a.png")), File.ReadAllBytes(_folder.File("b.png")));
    }

    [Fact]
    public void One_file_of_a_repository_is_named_behind_it()
    {
        CliResult result = Run("inspect", $"{Id}/unet/diffusion_pytorch_model.safetensors", "--json");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("conv_in.weight", result.Output, StringComparison.Ordinal);
        Assert.Single(_hub.Requests, request => request.Path.Contains("/resolve/", StringComparison.Ordinal));
    }

    [Fact]
    public void An_interrupted_pull_ends_at_once_and_the_next_one_goes_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGINT to send");
        Assert.SkipWhen(DotnetProcess.IgnoresInterrupts(), "these tests run as a background job, whose processes never see SIGINT");
        byte[] weights = File.ReadAllBytes(Path.Combine(_model.Folder, "unet", "diffusion_pytorch_model.safetensors"));
        _hub.Misbehave = request => request.Path.EndsWith(".safetensors", StringComparison.Ordinal) ? _hub.Content(weights, request) with { StallAfter = 10_000 } : null;
        using (Process process = CliProcess.Start(_folder.Path, ["pull", Id], Environment))
        {
            string blobs = Path.Combine(_folder.File("home"), "hub", "models--someone--tiny-model", "blobs");
            while (!process.HasExited && !(Directory.Exists(blobs) && new DirectoryInfo(blobs).EnumerateFiles("*.incomplete").Any(file => file.Length == 10_000))) Thread.Sleep(20);
            Process.Start("kill", ["-INT", $"{process.Id}"])!.WaitForExit();
            Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));
            Assert.Equal((130, "levare: stopped."), (process.ExitCode, process.StandardError.ReadToEnd().Trim().Split('\n')[^1]));
        }
        _hub.Misbehave = null;
        Assert.Equal(0, Run("pull", Id).ExitCode);
        Assert.Equal(10_000, _hub.Requests.Last(request => request.Path.EndsWith(".safetensors", StringComparison.Ordinal)).RangeStart);
    }

    [Fact]
    public void What_the_hub_refuses_is_said()
    {
        _hub.Misbehave = _ => Reply.Empty(401, ("X-Error-Code", "GatedRepo"));
        CliResult result = Run("inspect", Id);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"levare: {Id} is gated: accept its terms at {_hub.Address}{Id}; set HF_TOKEN", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_that_name_wins()
    {
        string here = _folder.File("someone/tiny-model");
        Directory.CreateDirectory(here);
        CliResult result = Run("inspect", Id);
        Assert.Contains("is no model folder", result.Error, StringComparison.Ordinal);
        Assert.Empty(_hub.Requests);
        Assert.Contains("is a path of yours", Run("remove", Id, "--yes").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'a/b/c' names no model of the hub", "pull", "a/b/c")]
    [InlineData("--parallel 0: 1 to 16.", "pull", "a/b", "--parallel", "0")]
    public void Mistakes_are_named(string message, params string[] arguments)
    {
        CliResult result = Run(arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Empty(_hub.Requests);
    }

    private Dictionary<string, string?> Environment => new()
    {
        ["HF_ENDPOINT"] = _hub.Address.AbsoluteUri, ["HF_HOME"] = _folder.File("home"), ["HF_HUB_CACHE"] = null, ["HF_TOKEN"] = null, ["HF_HUB_OFFLINE"] = null,
    };

    private CliResult Run(params string[] arguments) => CliProcess.Run(_folder.Path, arguments, Environment);

    private static string? Text(JsonElement owner, string name) => owner.GetProperty(name).GetString();
}
