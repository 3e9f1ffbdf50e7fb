using Levare.Verification;
using Xunit;

namespace Levare.Tests.Cli;

/// <summary>Words that the command line teaches a model.</summary>
public sealed class EmbeddingOptionsTests : IDisposable
{
    private readonly GoldenCase _case = Golden.Open("sd/sd15_textual_inversion3");
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_word_changes_the_picture_and_the_command_that_the_picture_tells_teaches_it_again()
    {
        CliResult with = Generate("a.png", "--embedding", $"{At("a1111.pt")}:<cat-toy>"), without = Generate("b.png");
        Assert.Equal(0, with.ExitCode);
        Assert.Equal(0, without.ExitCode);
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(_folder.Path, "b.png")), File.ReadAllBytes(Path.Combine(_folder.Path, "a.png")));
        string told = CliProcess.Run(_folder.Path, "inspect", "a.png").Output;
        Assert.Contains("a1111.pt:<cat-toy>", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_word_of_another_model_is_an_error_that_names_its_file()
    {
        CliResult refused = Generate("a.png", "--embedding", At("../sdxl_textual_inversion/embedding.safetensors"));
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("embedding.safetensors", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "a.png")));
    }

    public void Dispose()
    {
        _case.Dispose();
        _folder.Dispose();
    }

    private string At(string file) => Path.GetFullPath(Path.Combine(_case.Folder, file));

    private CliResult Generate(string output, params string[] options) => CliProcess.Run(
        _folder.Path, ["generate", "a <cat-toy>", "--model", At("../sd15_small_model"), "--size", "64x64", "--steps", "1", "--out", output, .. options]);
}
