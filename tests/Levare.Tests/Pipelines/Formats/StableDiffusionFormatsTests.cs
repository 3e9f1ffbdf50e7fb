using Levare.Data;
using Levare.Pipelines;
using Levare.Pipelines.Formats;
using Levare.Pipelines.Prompts;
using Levare.Pipelines.Spaces;
using Levare.Pipelines.Tasks;
using Levare.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines.Formats;

/// <summary>What the kinds of Stable Diffusion take for granted, beside the numbers of the golden cases.</summary>
public sealed class StableDiffusionFormatsTests
{
    private static readonly RawImage Picture = TinyLatentModel.Picture(64, 64);

    [Theory]
    [InlineData("StableDiffusionXLPipeline", 50, 5)]
    [InlineData("StableDiffusionXLImg2ImgPipeline", 50, 5)]
    [InlineData("StableDiffusionXLInpaintPipeline", 50, 7.5)]
    [InlineData("StableDiffusionXLInstructPix2PixPipeline", 100, 5)]
    public void Sdxl_has_the_defaults_of_its_pipelines(string className, int steps, double guidance)
    {
        using ImageModelParts parts = Open("sdxl_model", className);
        Assert.Equal((steps, guidance, 0.3, 0.9999, new ImageSize(1024, 1024)), (parts.Defaults.Steps, parts.Defaults.Guidance, parts.ImageStrength, parts.InpaintStrength, parts.Size));
    }

    [Fact]
    public void An_upscaler_has_one_scale_of_latents_whatever_its_autoencoder_says()
    {
        using ImageModelParts parts = Open("sd_x4_upscaler/model", null, ("vae", "sd15_small_model/vae"));
        Assert.Equal(0.08333, ((LatentSpace)parts.Space).Codec.Scale.Factor);
        Assert.Equal((75, 9.0, 350), (parts.Defaults.Steps, parts.Defaults.Guidance, parts.Upscaling!.LargestNoiseLevel));
        Assert.Equal("DDPMScheduler", parts.Upscaling.Scheduler.ClassName);
    }

    [Fact]
    public void A_model_of_variations_is_told_a_picture_and_refuses_words_and_other_tasks()
    {
        using ImageModelParts parts = Open("sd15_small_model", "StableDiffusionImageVariationPipeline",
            ("image_encoder", "sd_image_variation/image_encoder"), ("feature_extractor", "sd_image_variation/feature_extractor"));
        ImagePipeline pipeline = new(parts, CPU);
        ImageBatch batch = new() { Prompts = [new("")], Schedule = new(2), Guidance = parts.GuidanceOf(3), Task = new ImageVariation(Picture), Size = new(64, 64) };
        using PipelineConditions told = new(pipeline.Conditions(pipeline.Plan(batch)));
        Assert.Equal(1, told.Text.shape[1]);
        Assert.Equal(0, told.NegativeText.abs().sum().item<float>());
        Assert.Contains("not words", Refused(batch with { Prompts = [new("a cat")] }), StringComparison.Ordinal);
        Assert.Contains("knows no other task", Refused(batch with { Task = new TextToImage() }), StringComparison.Ordinal);
        Assert.Contains("clip skip", Refused(batch with { ClipSkip = 1 }), StringComparison.Ordinal);

        string Refused(ImageBatch wrong) => Assert.Throws<RequestException>(() => pipeline.Conditions(pipeline.Plan(wrong))).Message;
    }

    [Fact]
    public void A_model_with_one_text_encoder_refuses_prompts_for_a_second()
    {
        using ImageModelParts parts = Open("sd15_small_model");
        ImagePipeline pipeline = new(parts, CPU);
        ImageBatch batch = new() { Prompts = [new("a cat") { Second = "a dog" }], Schedule = new(2), Guidance = parts.GuidanceOf(3) };
        Assert.Contains("no second text encoder", Assert.Throws<RequestException>(() => pipeline.Conditions(pipeline.Plan(batch))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.6.0", 64)]
    [InlineData("0.8.1", 64)]
    [InlineData("0.9.0.dev0", 1)]
    [InlineData("0.21.4", 1)]
    [InlineData(null, 1)]
    public void Only_networks_of_old_versions_are_known_to_name_a_size_that_is_too_small(string? version, int least)
    {
        using TemporaryFolder folder = new();
        folder.Write("config.json", version is null ? "{}" : $$"""{"_diffusers_version": "{{version}}"}""");
        ModelComponent unet = ModelComponent.Open(folder.Path);
        Assert.Equal(least, StableDiffusionConventions.Of("StableDiffusionPipeline").LeastSide(unet));
        Assert.Equal(1, StableDiffusionConventions.Of("LatentConsistencyModelPipeline").LeastSide(unet));
    }

    private static ImageModelParts Open(string model, string? className = null, params (string Part, string Folder)[] parts)
    {
        string PathOf(string name)
        {
            string? path = Golden.Folder is null ? null : Path.Combine(Golden.Folder, "sd", name);
            Assert.SkipWhen(!Directory.Exists(path), $"golden model sd/{name}: the folder shared/golden is not beside this checkout");
            return path!;
        }

        ModelFiles files = ModelFolder.Open(PathOf(model)).With(className, parts.Select(part => KeyValuePair.Create(part.Part, ModelComponent.Open(PathOf(part.Folder)))));
        return ImageModelFormats.Of(files).Open(files, new(CPU));
    }

    private sealed class PipelineConditions(PromptConditions told) : IDisposable
    {
        public Tensor Text => told.Positive[Levare.Conditioning.ConditionNames.Text];

        public Tensor NegativeText => told.Negative![Levare.Conditioning.ConditionNames.Text];

        public void Dispose()
        {
            Text.Dispose();
            NegativeText.Dispose();
        }
    }
}
