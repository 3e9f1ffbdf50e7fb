using System.Diagnostics;
using System.Text.Json;
using Levare.Pipelines;
using Levare.Tests.Pipelines;
using SkiaSharp;
using Xunit;

namespace Levare.Tests.Cli;

public sealed class GenerateTests : IDisposable
{
    private readonly TinyModel _model = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("levare-cli-").FullName;

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_picture_lands_under_the_prompts_name_and_the_next_one_beside_it()
    {
        CliResult first = Generate("star", "--seed", "5"), second = Generate("star", "--seed", "5");
        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        Assert.Equal(("star.png\n", "star-2.png\n"), (first.Output.ReplaceLineEndings("\n"), second.Output.ReplaceLineEndings("\n")));
        Assert.Equal(File.ReadAllBytes(At("star.png")), File.ReadAllBytes(At("star-2.png")));
        Assert.DoesNotContain('\e', first.Error);
        using SKBitmap bitmap = SKBitmap.Decode(At("star.png"));
        Assert.Equal((8, 8), (bitmap.Width, bitmap.Height));
    }

    [Fact]
    public void The_command_that_inspect_prints_makes_the_identical_picture()
    {
        Assert.Equal(0, Generate("square", "--out", "a.png", "--seed", "9", "--sampler", "euler_a", "--grid", "karras", "--guidance", "1.7", "--negative", "box").ExitCode);
        CliResult inspected = CliProcess.Run(_folder, "inspect", "a.png");
        string command = inspected.Output.Trim().Split('\n')[^1].Trim();
        Assert.StartsWith("levare generate square --model ", command, StringComparison.Ordinal);
        // The prompt and the folder need no quotes here.
        CliResult again = CliProcess.Run(_folder, [.. command.Split(' ')[1..], "--out", "b.png"]);
        Assert.Equal("", again.ExitCode == 0 ? "" : again.Error);
        Assert.Equal(File.ReadAllBytes(At("a.png")), File.ReadAllBytes(At("b.png")));
    }

    [Fact]
    public void Json_tells_everything_and_nothing_else_is_printed()
    {
        CliResult result = Generate("star", "--count", "2", "--seed", "1", "--out", "pictures/", "--latents-out", "l.safetensors", "--json");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        using JsonDocument json = JsonDocument.Parse(result.Output);
        JsonElement[] images = [.. json.RootElement.GetProperty("images").EnumerateArray()];
        Assert.Equal(["pictures/star.png", "pictures/star-2.png"], images.Select(image => image.GetProperty("path").GetString()!.Replace('\\', '/')));
        Assert.Equal([1, 2], images.Select(image => image.GetProperty("recipe").GetProperty("seed").GetInt64()));
        Assert.All(images, image => Assert.Equal(10, image.GetProperty("evaluations").GetInt64()));
        Assert.Equal([2, 3, 8, 8], Latents.Load(At("l.safetensors")).Shape.AsEnumerable());
    }

    [Fact]
    public void Each_picture_of_a_batch_is_what_it_is_alone()
    {
        Assert.Equal(0, Generate("star", "--count", "2", "--seed", "1", "--out", "batch.png").ExitCode);
        Assert.Equal(0, Generate("star", "--seed", "2", "--out", "alone.png").ExitCode);
        Assert.Equal(File.ReadAllBytes(At("alone.png")), File.ReadAllBytes(At("batch-2.png")));
    }

    [Fact]
    public void A_film_shows_every_step_as_a_strip_or_an_animation()
    {
        Assert.Equal(0, Generate("star", "--film", "film.png").ExitCode);
        using (SKBitmap strip = SKBitmap.Decode(At("film.png"))) Assert.Equal((5 * 8 + 4 * 2, 2 * 8 + 2), (strip.Width, strip.Height));
        Assert.Equal(0, Generate("star", "--film", "film.webp").ExitCode);
        using SKCodec codec = SKCodec.Create(At("film.webp"));
        Assert.Equal(5, codec.FrameCount);
    }

    [Fact]
    public void Latents_that_were_written_start_the_next_run()
    {
        Assert.Equal(0, Generate("star", "--seed", "3", "--out", "a.png", "--latents-out", "a.safetensors").ExitCode);
        Assert.Equal(0, Generate("star", "--seed", "3", "--out", "b.png", "--init-latents", "a.safetensors").ExitCode);
        Assert.Equal(Latents.Load(At("a.safetensors")).Hash, ImageRecipe.Read(At("b.png"))!.InitialLatents);
        Assert.NotEqual(File.ReadAllBytes(At("a.png")), File.ReadAllBytes(At("b.png")));
    }

    [Theory]
    [InlineData(2, "unknown sampler 'dpmm': did you mean dpm++2m?", "star", "--sampler", "dpmm")]
    [InlineData(2, "unknown grid 'karas': did you mean karras?", "star", "--grid", "karas")]
    [InlineData(2, "unknown option '--step': did you mean --steps?", "star", "--step", "4")]
    [InlineData(2, "'box' is one argument too many: words that belong together stand in quotes.", "star", "box")]
    [InlineData(2, "unknown class 'stra': did you mean star?", "stra")]
    [InlineData(2, "'8by8' is no size: write WIDTHxHEIGHT in pixels, 512x768 say.", "star", "--size", "8by8")]
    [InlineData(1, "fp16 arithmetic is hundreds of times slower than fp32 on a CPU", "star", "--dtype", "fp16")]
    [InlineData(2, "x.gif: pictures are written as .png, .webp or .jpg, not '.gif'.", "star", "--out", "x.gif")]
    [InlineData(2, "--steps many: a whole number of at most 2147483647 is needed.", "star", "--steps", "many")]
    [InlineData(2, "--seed 99999999999999999999: a whole number of at most 9223372036854775807 is needed.", "star", "--seed", "99999999999999999999")]
    [InlineData(2, "--guidance strong: a number is needed.", "star", "--guidance", "strong")]
    [InlineData(2, "the guidance is NaN, where a finite number is needed.", "star", "--guidance", "nan")]
    [InlineData(2, "--count 2000000000: 1 to 100000.", "star", "--count", "2000000000")]
    [InlineData(2, "x.png is named for two results: each needs a file of its own.", "star", "--out", "x.png", "--film", "./x.png")]
    [InlineData(1, "the device 'cuda' is not available", "star", "--device", "cuda")]
    public void Mistakes_are_named_with_the_nearest_right_thing(int exitCode, string message, params string[] arguments)
    {
        Assert.SkipWhen(arguments.Contains("cuda") && TorchSharp.torch.cuda.is_available(), "this machine has a GPU");
        CliResult result = Generate(arguments);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains($"levare: {message}", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void A_file_that_exists_is_only_replaced_when_asked()
    {
        File.WriteAllText(At("mine.png"), "precious");
        CliResult refused = Generate("star", "--out", "mine.png");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("mine.png exists: choose another name, or replace it with --overwrite.", refused.Error, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(At("mine.png")));
        Assert.Equal(0, Generate("star", "--out", "mine.png", "--overwrite").ExitCode);
        Assert.NotNull(ImageRecipe.Read(At("mine.png")));
    }

    [Fact]
    public void Verbose_shows_where_a_failure_came_from()
    {
        CliResult result = CliProcess.Run(_folder, "generate", "x", "--model", "nowhere", "--verbose");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("   at Levare.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupt_stops_it_and_leaves_nothing_behind()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGINT to send");
        Assert.SkipWhen(DotnetProcess.IgnoresInterrupts(), "these tests run as a background job, whose processes never see SIGINT");
        using Process process = CliProcess.Start(_folder, "generate", "star", "--model", _model.Folder, "--steps", "100000", "--sampler", "heun");
        // Torch is loaded when the work begins.
        while (!process.HasExited && !File.ReadAllText($"/proc/{process.Id}/maps").Contains("libtorch_cpu", StringComparison.Ordinal)) Thread.Sleep(50);
        Thread.Sleep(500);
        Process.Start("kill", ["-INT", $"{process.Id}"])!.WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(130, process.ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    private string At(string name) => Path.Combine(_folder, name);

    private CliResult Generate(params string[] arguments) => CliProcess.Run(_folder, ["generate", .. arguments, "--model", _model.Folder]);
}
