using Levare.Verification;
using Xunit;

namespace Levare.Tests.Cli;

/// <summary>Pictures that are made of pictures, and what else a command says of a Stable Diffusion model.</summary>
public sealed class PictureOptionsTests : IDisposable
{
    private readonly GoldenCase _case = Golden.Open("sd/sd15_controlnet");
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _case.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("--image", "../sd15_img2img_euler/source.png", "--strength", "0.6", "--clip-skip", "1", "--sampler", "euler-a")]
    [InlineData("--image", "../sd15_img2img_euler/source.png", "--mask", "../sd15_inpaint4_ddim/mask.png", "--mask-padding", "4", "--syntax", "a1111")]
    [InlineData("--control", "controlnet=control.png:0.8:0-0.5", "--guess", "--guidance-rescale", "0.7")]
    [InlineData("--ip-adapter", "../sd15_ip_adapter/ip-adapter_sd15.safetensors=../sd15_ip_adapter/ip_image.png:0.5", "--freeu", "1.5,1.6,0.9,0.2")]
    [InlineData("--pag", "2", "--pag-layer", "mid", "--safety-checker", "off")]
    public void The_command_that_inspect_prints_makes_the_identical_picture(params string[] arguments) => AssertMadeAgain(At("../sd15_small_model"), arguments);

    [Fact]
    public void The_command_that_inspect_prints_has_the_eta_of_a_scheduler_that_takes_one()
    {
        string from = At("../sd15_small_model"), model = _folder.File("model");
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(model, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        string scheduler = Path.Combine(model, "scheduler", "scheduler_config.json");
        File.WriteAllText(scheduler, File.ReadAllText(scheduler).Replace("PNDMScheduler", "DDIMScheduler", StringComparison.Ordinal));
        AssertMadeAgain(model, "--eta", "0.5");
    }

    [Theory]
    [InlineData("--mask marks a part of a picture: name that with --image.", "--mask", "control.png")]
    [InlineData("--strength 2: above 0, where nothing would change, up to 1.", "--image", "control.png", "--strength", "2")]
    [InlineData("--strength NaN: above 0, where nothing would change, up to 1.", "--image", "control.png", "--strength", "nan")]
    [InlineData("--strength, --image-guidance and --noise-level belong to a picture: name that with --image.", "--strength", "0.5")]
    [InlineData("--noise-level is for another kind of model: this model makes pictures of words, and changes pictures.", "--image", "control.png", "--noise-level", "20")]
    [InlineData("--guess belongs to --control, which is missing.", "--guess")]
    [InlineData("--control controlnet: model=picture[:scale[:from-to]] is needed.", "--control", "controlnet")]
    [InlineData("--control controlnet=nowhere.png:1:0.5-0.5: it counts from a share of the run, 0 or more, to a larger one, 1 or less.", "--control", "controlnet=nowhere.png:1:0.5-0.5")]
    [InlineData("--timesteps and --sigmas say how many steps there are: leave --steps out.", "--timesteps", "900,1")]
    [InlineData("--sigmas 9,x: numbers with commas between them are needed, and 'x' is none.", "--sigmas", "9,x")]
    [InlineData("--eta is for the model's own scheduler: leave --sampler out.", "--eta", "0.5", "--sampler", "euler")]
    [InlineData("--until 1: a share above 0 and below 1 is needed.", "--until", "1")]
    [InlineData("--refiner other:2: the switch is a share above 0 and below 1.", "--refiner", "other:2")]
    [InlineData("--syntax latin: plain, a1111 or compel is needed.", "--syntax", "latin")]
    [InlineData("--size is given 2 times: once is enough.", "--size", "64x64")]
    [InlineData("--from goes on from a picture or a state: name it with --image or --init-latents.", "--from", "0.8")]
    public void Mistakes_are_told_in_a_sentence(string message, params string[] arguments)
    {
        CliResult result = Generate("a.png", arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"levare: {message}", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("a.png")));
    }

    [Fact]
    public void A_picture_that_is_none_is_named()
    {
        _folder.Write("words.png", "These are words."u8.ToArray());
        Assert.Contains("words.png is no picture that can be read: it is no PNG", Generate("a.png", "--image", "words.png").Error, StringComparison.Ordinal);
        Assert.Contains("there is no picture nowhere.png.", Generate("a.png", "--image", "nowhere.png").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_tells_of_a_picture_that_has_changed_since()
    {
        File.Copy(Path.Combine(_case.Folder, "control.png"), _folder.File("own.png"));
        Assert.Equal(0, Generate("a.png", "--image", "own.png", "--strength", "0.5").ExitCode);
        File.Copy(Path.Combine(_case.Folder, "output.png"), _folder.File("own.png"), overwrite: true);
        Assert.Contains("own.png has changed since: this makes another picture.", CliProcess.Run(_folder.Path, "inspect", "a.png").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_of_a_batch_are_saved_under_their_own_seeds()
    {
        CliResult result = Generate("a.png", "--count", "3", "--batch", "2");
        Assert.Equal((0, "a-1.png\na-2.png\na-3.png\n"), (result.ExitCode, result.Output.ReplaceLineEndings("\n")));
        Assert.Equal([1L, 2, 3], Enumerable.Range(1, 3).Select(i => Levare.Pipelines.ImageRecipe.Read(_folder.File($"a-{i}.png"))!.Seed));
    }

    [Fact]
    public void A_state_that_was_left_is_taken_further()
    {
        Assert.Equal(0, Generate("half.png", "--until", "0.5", "--latents-out", "half.safetensors").ExitCode);
        CliResult rest = Generate("whole.png", "--from", "0.5", "--init-latents", "half.safetensors");
        Assert.Equal("", rest.ExitCode == 0 ? "" : rest.Error);
        Assert.Contains("--init-latents FILE --from 0.5", CliProcess.Run(_folder.Path, "inspect", "whole.png").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Latents_of_a_picture_are_worked_from_with_a_strength()
    {
        Assert.Equal(0, Generate("first.png", "--latents-out", "first.safetensors").ExitCode);
        CliResult changed = Generate("changed.png", "--init-latents", "first.safetensors", "--strength", "0.5");
        Assert.Equal("", changed.ExitCode == 0 ? "" : changed.Error);
        Assert.Contains("--init-latents FILE --strength 0.5", CliProcess.Run(_folder.Path, "inspect", "changed.png").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_help_has_its_options_in_groups()
    {
        string help = CliProcess.Run(_folder.Path, "generate", "--help").Output;
        string[] titles = ["What is made", "Words", "Pictures to work from", "Sampling", "Guidance", "Steering by pictures", "Model", "Beside the model", "The tool"];
        Assert.Equal(titles, help.Split('\n').Select(line => line.TrimEnd()).Where(line => line is [' ', not ' ', .., ':']).Select(line => line[1..^1]));
    }

    private void AssertMadeAgain(string model, params string[] arguments)
    {
        CliResult first = GenerateWith(model, "a.png", [.. arguments.Select(Found)]);
        Assert.Equal("", first.ExitCode == 0 ? "" : first.Error);
        string command = CliProcess.Run(_folder.Path, "inspect", "a.png").Output.Trim().Split('\n')[^1].Trim();
        foreach (string option in arguments.Where(argument => argument.StartsWith("--", StringComparison.Ordinal))) Assert.Contains($" {option} ", command, StringComparison.Ordinal);
        CliResult again = CliProcess.Run(_folder.Path, [.. command.Split(' ')[1..], "--out", "b.png"]);
        Assert.Equal("", again.ExitCode == 0 ? "" : again.Error);
        Assert.Equal(File.ReadAllBytes(_folder.File("a.png")), File.ReadAllBytes(_folder.File("b.png")));
    }

    private string At(string file) => Path.GetFullPath(Path.Combine(_case.Folder, file));

    // Names of the case's files become paths.
    private string Found(string argument)
    {
        string[] halves = argument.Split('=');
        return halves.Length == 2 ? $"{At(halves[0])}={At(halves[1])}" : File.Exists(At(argument)) ? At(argument) : argument;
    }

    private CliResult Generate(string output, params string[] arguments) => GenerateWith(At("../sd15_small_model"), output, arguments);

    private CliResult GenerateWith(string model, string output, params string[] arguments) => CliProcess.Run(
        _folder.Path, ["generate", "apple", "--model", model, "--size", "64x64", "--steps", "2", "--seed", "1", "--out", output, .. arguments.Select(argument => argument == "control.png" ? At(argument) : argument)]);
}
