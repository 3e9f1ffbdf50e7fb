using Levare.Conditioning;
using Levare.Conditioning.Prompts;
using Levare.Pipelines;
using Levare.Pipelines.Prompts;
using Levare.Pipelines.Tasks;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines.Prompts;

public sealed class StableDiffusionXLConditionerTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly PromptEncoder _encoder;

    public StableDiffusionXLConditionerTests()
    {
        string? folder = Golden.Folder is null ? null : Path.Combine(Golden.Folder, "sd", "sdxl_model");
        Assert.SkipWhen(!Directory.Exists(folder), "golden model sd/sdxl_model: the folder shared/golden is not beside this checkout");
        _encoder = PromptEncoder.Load(ModelFolder.Open(folder!));
    }

    public void Dispose()
    {
        _encoder.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void No_negative_prompt_is_zeros_in_its_own_row_and_an_empty_one_is_not()
    {
        PromptConditions told = Encode(new(true, false), new ImagePrompt("a cat"), new ImagePrompt("a dog") { Negative = "" });
        foreach (string name in new[] { ConditionNames.Text, ConditionNames.TextEmbeds })
        {
            Tensor negative = told.Negative![name];
            Assert.Equal(0, negative[0].abs().sum().item<float>());
            Assert.NotEqual(0, negative[1].abs().sum().item<float>());
        }
    }

    [Fact]
    public void Where_the_configuration_does_not_ask_for_zeros_no_negative_prompt_is_the_empty_one()
    {
        Tensor Negative(string? negative) => Encode(new(false, false), new ImagePrompt("a cat") { Negative = negative }).Negative![ConditionNames.Text];
        Assert.True(Negative(null).equal(Negative("")).all().item<bool>());
    }

    [Fact]
    public void Prompts_for_the_second_encoder_change_its_half_alone_and_the_text_as_a_whole()
    {
        PromptConditions same = Encode(new(true, false), new ImagePrompt("a cat") { Negative = "ink" });
        PromptConditions other = Encode(new(true, false), new ImagePrompt("a cat") { Negative = "ink", Second = "in oil", SecondNegative = "chalk" });
        long first = _encoder.Encoders[0].Model.Config.Encoder.Width, second = _encoder.Encoders[1].Model.Config.Encoder.Width;
        foreach ((Condition a, Condition b) in new[] { (same.Positive, other.Positive), (same.Negative!, other.Negative!) })
        {
            Assert.True(a[ConditionNames.Text].narrow(2, 0, first).equal(b[ConditionNames.Text].narrow(2, 0, first)).all().item<bool>());
            Assert.False(a[ConditionNames.Text].narrow(2, first, second).allclose(b[ConditionNames.Text].narrow(2, first, second)));
            Assert.False(a[ConditionNames.TextEmbeds].allclose(b[ConditionNames.TextEmbeds]));
        }
    }

    [Fact]
    public void Layers_are_left_out_of_the_positive_prompt_alone()
    {
        ImagePrompt prompt = new("a cat") { Negative = "ink" };
        PromptConditions all = Encode(new(true, false), prompt), skipped = Encode(new(true, false), 1, prompt);
        Assert.False(all.Positive[ConditionNames.Text].allclose(skipped.Positive[ConditionNames.Text]));
        Assert.True(all.Negative![ConditionNames.Text].equal(skipped.Negative![ConditionNames.Text]).all().item<bool>());
    }

    private PromptConditions Encode(StableDiffusionXLSettings settings, params ImagePrompt[] prompts) => Encode(settings, null, prompts);

    private PromptConditions Encode(StableDiffusionXLSettings settings, int? clipSkip, params ImagePrompt[] prompts) =>
        new StableDiffusionXLConditioner(_encoder, settings).Encode(new() { Prompts = [.. prompts], NeedsNegative = true, Size = new(64, 64), Task = new TextToImage(), ClipSkip = clipSkip });
}
