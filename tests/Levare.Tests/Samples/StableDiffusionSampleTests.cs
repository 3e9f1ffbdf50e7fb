using System.Text.RegularExpressions;
using Levare.Pipelines;
using Levare.Runtime;
using Levare.Tests.Cli;
using Levare.Verification;
using Xunit;

namespace Levare.Tests.Samples;

/// <summary>The programs of the page on Stable Diffusion.</summary>
public sealed partial class StableDiffusionSampleTests
{
    private static readonly string Root = Path.GetDirectoryName(RepositoryFolder.Find("docs"))!;

    [Fact]
    public void Every_program_on_the_page_is_a_part_of_the_sample()
    {
        string page = File.ReadAllText(Path.Combine(Root, "docs", "stable-diffusion.md")), sample = Flat(File.ReadAllText(Path.Combine(Root, "samples", "StableDiffusion", "Program.cs")));
        string[] blocks = [.. Block().Matches(page).Select(match => match.Groups["code"].Value)];
        Assert.True(blocks.Length > 5);
        Assert.All(blocks, block => Assert.Contains(Flat(block), sample, StringComparison.Ordinal));
    }

    [Fact]
    public void The_sample_makes_a_picture_with_each_of_them()
    {
        using GoldenCase golden = Golden.Open("sd/sd15_controlnet");
        using TemporaryFolder folder = new();
        foreach ((string name, string source) in new[]
        {
            ("sd15", "sd15_small_model"), ("sd15-photo", "sd15_model"), ("sdxl", "sdxl_model"), ("sdxl-refiner", "sdxl_refiner/model"), ("canny", "sd15_controlnet/controlnet"),
            ("edges.png", "sd15_controlnet/control.png"), ("photo.png", "sd15_img2img_euler/source.png"), ("mask.png", "sd15_inpaint4_ddim/mask.png"),
            ("toy.safetensors", "sd15_textual_inversion1/learned_embeds.safetensors"), ("style.safetensors", "sd15_lora/lora_peft.safetensors"),
        })
        {
            string target = Path.GetFullPath(Path.Combine(golden.Folder, "..", source));
            Assert.SkipUnless(Path.Exists(target), $"{source} is not in the box");
            Directory.CreateSymbolicLink(folder.File(name), target);
        }
        CliResult result = DotnetProcess.Run("StableDiffusion.dll", folder.Path, "64", "2");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        string[] made = ["fox.png", "changed.png", "inpainted.png", "toy.png", "drawn.png", "fox-7.png", "fox-8.png", "fox-9.png", "fox-10.png", "styled.png", "refined.png"];
        Assert.All(made, name => Assert.NotNull(ImageRecipe.Read(folder.File(name))));
        Assert.Equal(made.Length, made.Select(name => Convert.ToHexString(File.ReadAllBytes(folder.File(name)))).Distinct().Count());
    }

    private static string Flat(string code) => string.Join(' ', code.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex(@"```csharp\s(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
