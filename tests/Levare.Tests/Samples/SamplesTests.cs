using System.Text.RegularExpressions;
using Levare.Pipelines;
using Levare.Tests.Cli;
using Levare.Tests.Pipelines;
using Xunit;

namespace Levare.Tests.Samples;

public sealed class SamplesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("levare-samples-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Ten_lines_make_a_picture()
    {
        using TinyModel model = new();
        CliResult result = DotnetProcess.Run("GenerateImage.dll", _folder, "star", model.Folder);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.EndsWith("step 5 of 5", result.Output.Trim(), StringComparison.Ordinal);
        Assert.Equal("star", ImageRecipe.Read(Path.Combine(_folder, "picture.png"))!.Prompt);
    }

    [Fact]
    public void A_denoiser_of_ones_own_ends_on_its_data()
    {
        CliResult result = DotnetProcess.Run("CustomDenoiser.dll", _folder);
        Assert.Equal(0, result.ExitCode);
        double[] numbers = [.. Regex.Matches(result.Output, @"\d+(\.\d+)?").Select(match => double.Parse(match.Value))];
        // Both ends are equally likely: four standard deviations of 1000 coin tosses are 63.
        Assert.InRange(numbers[0], 437, 563);
        Assert.InRange(numbers[^1], 0, 1e-3);
    }

    [Fact]
    public void The_pictures_of_the_page_on_diffusion_are_made_again()
    {
        CliResult result = DotnetProcess.Run("HowItWorks.dll", _folder, "images");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        string[] made = [.. Directory.GetFiles(Path.Combine(_folder, "images")).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        Assert.Equal(["denoising.png", "guidance.png", "noising.png", "seeds.png", "steps.png", "trajectories.png"], made);
    }
}
