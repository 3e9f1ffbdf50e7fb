using System.Text.Json;
using Levare.Tests.Pipelines;
using Xunit;

namespace Levare.Tests.Cli;

public sealed class InspectTests : IDisposable
{
    private readonly TinyModel _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public void A_model_shows_its_parts_their_sizes_and_its_card()
    {
        _model.Write("README.md", "---\nlicense: mit\ntags: [x]\n---\n# Shapes\n\nMakes shapes,\nthree of them.\n\n## More\n");
        CliResult result = CliProcess.Run(_model.Folder, "inspect", ".");
        Assert.Equal(0, result.ExitCode);
        string[] lines = result.Output.ReplaceLineEndings("\n").Split('\n');
        Assert.Contains("DDPMPipeline", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.Contains("unet", StringComparison.Ordinal) && line.Contains("UNet2DModel", StringComparison.Ordinal) && line.Contains("F32", StringComparison.Ordinal));
        Assert.Contains("licence: mit", lines);
        Assert.EndsWith("# Shapes\n\nMakes shapes,\nthree of them.\n", result.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_list_every_key_with_shape_and_type()
    {
        CliResult result = CliProcess.Run(_model.Folder, "inspect", "unet", "--json");
        using JsonDocument json = JsonDocument.Parse(result.Output);
        JsonElement first = json.RootElement.GetProperty("tensors").EnumerateArray().Single(tensor => tensor.GetProperty("key").ValueEquals("conv_in.weight"));
        Assert.Equal([8, 3, 3, 3], first.GetProperty("shape").EnumerateArray().Select(side => side.GetInt64()));
        Assert.Equal("F32", first.GetProperty("type").GetString());
    }

    [Theory]
    [InlineData(1, "there is no file or folder nothing", "nothing")]
    [InlineData(2, "neither a model's folder nor a file that ends with", "levare.json")]
    [InlineData(1, "broken.png: it is not a PNG file", "broken.png")]
    public void What_cannot_be_shown_is_said(int exitCode, string message, string what)
    {
        _model.Write("broken.png", "no picture");
        CliResult result = CliProcess.Run(_model.Folder, "inspect", what);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }
}
