using Levare.Verification;
using Xunit;

namespace Levare.Tests.Cli;

public sealed class AdapterOptionsTests : IDisposable
{
    private readonly GoldenCase _case = Golden.Open("sd/sd15_lora");
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _case.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_command_that_inspect_prints_of_a_picture_with_adapters_makes_it_again()
    {
        CliResult first = Generate("a.png", "--lora", $"{At("lora_peft.safetensors")}:0.5:0.25", "--lora", At("../sd15_lora_conv/locon_kohya.safetensors"));
        Assert.Equal("", first.ExitCode == 0 ? "" : first.Error);
        string command = CliProcess.Run(_folder.Path, "inspect", "a.png").Output.Trim().Split('\n')[^1].Trim();
        Assert.Contains("lora_peft.safetensors:0.5:0.25 --lora ", command, StringComparison.Ordinal);
        CliResult again = CliProcess.Run(_folder.Path, [.. command.Split(' ')[1..], "--out", "b.png"]);
        Assert.Equal("", again.ExitCode == 0 ? "" : again.Error);
        Assert.Equal(File.ReadAllBytes(_folder.File("a.png")), File.ReadAllBytes(_folder.File("b.png")));
    }

    [Fact]
    public void What_does_not_fit_is_listed_and_only_then_an_error_when_it_is_not_allowed()
    {
        string other = At("../sdxl_lora_kohya/lora_kohya_sdxl.safetensors");
        CliResult refused = Generate("a.png", "--lora", other), allowed = Generate("b.png", "--lora", other, "--allow-unmatched");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("made for Stable Diffusion XL", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, allowed.ExitCode);
        Assert.Contains("'lora_te2_text_model_encoder_layers_0_mlp_fc1' is no layer of the model", allowed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_that_is_not_there_is_named()
    {
        CliResult result = Generate("a.png", "--lora", "nowhere.safetensors:0.3");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("nowhere.safetensors", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1e300")]
    [InlineData("1e999")]
    [InlineData("1:-1e300")]
    public void A_weight_that_is_infinite_in_32_bits_is_refused(string weight)
    {
        CliResult result = Generate("a.png", "--lora", $"nowhere.safetensors:{weight}");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"--lora nowhere.safetensors:{weight}: a weight is a finite number", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_tells_what_an_adapter_is_for()
    {
        string output = CliProcess.Run(_folder.Path, "inspect", At("../sdxl_lora_kohya/lora_kohya_sdxl.safetensors")).Output;
        Assert.Contains("LoRA for Stable Diffusion XL, rank 4, 121 layers (9 of text_encoder, 6 of text_encoder_2, 106 of unet)", output, StringComparison.Ordinal);
    }

    private string At(string file) => Path.GetFullPath(Path.Combine(_case.Folder, file));

    private CliResult Generate(string output, params string[] arguments) => CliProcess.Run(
        _folder.Path, ["generate", "apple", "--model", At("../sd15_model"), "--size", "64x64", "--steps", "1", "--seed", "1", "--out", output, .. arguments]);
}
