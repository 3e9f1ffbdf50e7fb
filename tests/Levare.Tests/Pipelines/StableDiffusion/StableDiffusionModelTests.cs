using System.Text.Json.Nodes;
using Levare.Networks.Clip;
using Levare.Pipelines;
using Levare.Pipelines.Tasks;
using Levare.Safety;
using Levare.Verification;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines.StableDiffusion;

/// <summary>A folder of Stable Diffusion as callers use it.</summary>
public sealed class StableDiffusionModelTests : IDisposable
{
    private static readonly ImageRequest Fox = new("a red fox") { Seed = 3, Steps = 3, Size = new(64, 64) };
    private readonly TemporaryFolder _folder = new();
    private readonly ImageModel _model;

    public StableDiffusionModelTests()
    {
        using GoldenCase golden = Golden.Open("sd/sd15_textual_inversion1");
        string source = Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!);
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
            _folder.Write(Path.GetRelativePath(source, file), File.ReadAllBytes(file));
        _model = ImageModel.Load(_folder.Path);
    }

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void What_a_request_leaves_out_is_what_Pythons_pipeline_would_take()
    {
        Assert.Equal((50, 7.5, new ImageSize(512, 512)), (_model.Defaults.Steps, _model.Defaults.Guidance, _model.Size));
        ImageResult plain = _model.Generate(Fox), empty = _model.Generate(Fox with { Negative = "" });
        Assert.Equal(plain.Image.Bytes, empty.Image.Bytes);
    }

    [Fact]
    public void Requests_of_all_tasks_give_the_same_bytes_alone_and_beside_each_other()
    {
        ImageRequest[] requests =
        [
            Fox, Fox with { Sampler = "euler-a", Grid = "karras" }, Fox with { Task = new ImageToImage(TinyLatentModel.Picture(64, 64)) },
            Fox with { Task = new Inpaint(TinyLatentModel.Picture(64, 64), TinyLatentModel.RightHalf(64, 64)) },
        ];
        byte[][] alone = [.. requests.Select(request => _model.Generate(request).Encode())];
        byte[][] together = [.. requests.Concat(requests).AsParallel().AsOrdered().WithDegreeOfParallelism(8).Select(request => _model.Generate(request).Encode())];
        Assert.Equal([.. alone, .. alone], together);
        Assert.Equal(requests.Length, alone.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public void A_batch_gives_the_pictures_that_its_requests_give_alone()
    {
        ImageRequest[] requests = [Fox, Fox with { Prompt = "a boat", Seed = 4 }, Fox with { Negative = "fog", Seed = 5 }];
        IReadOnlyList<ImageResult> together = _model.GenerateBatch([.. requests]);
        Assert.Equal(requests.Select(request => (request.Prompt, request.Negative, request.Seed)), together.Select(result => (result.Recipe.Prompt, result.Recipe.Negative, result.Recipe.Seed)));
        foreach ((ImageRequest request, ImageResult result) in requests.Zip(together))
            Assert.All(_model.Generate(request).Image.Bytes.Zip(result.Image.Bytes), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1));
    }

    [Fact]
    public void Requests_that_differ_in_more_than_words_and_seeds_make_no_batch() => Assert.Equal(
        "one batch can have many prompts and seeds, but else its requests must agree: 'a boat' asks for other settings than 'a red fox'.",
        Assert.Throws<RequestException>(() => _model.GenerateBatch([Fox, Fox with { Prompt = "a boat", Steps = 4 }])).Message);

    [Fact]
    public void What_a_prompt_says_beyond_the_text_encoders_length_is_told()
    {
        Assert.Empty(_model.Generate(Fox).Dropped);
        Assert.EndsWith("tail", Assert.Single(_model.Generate(Fox with { Prompt = string.Join(' ', Enumerable.Repeat("very", 80)) + " tail" }).Dropped), StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_show_small_previews_and_the_last_one_the_picture()
    {
        ImageStep[] steps = [.. _model.Steps(Fox)];
        Assert.All(steps, step => Assert.True(step.Preview.Width < 64 && step.Noisy.Width < 64));
        Assert.Equal((64, 64), (steps[^1].Result!.Image.Width, steps[^1].Result!.Image.Height));
    }

    [Fact]
    public void Pictures_that_the_checkpoints_safety_checker_condemns_are_black_or_only_reported_as_the_caller_wishes()
    {
        AddSafetyChecker(threshold: -2);
        byte[] unjudged = _model.Generate(Fox).Image.Bytes;
        Assert.Null(_model.Generate(Fox).Safety);
        (byte[] Bytes, SafetyVerdict? Safety) Judged(SafetyCheck use)
        {
            using ImageModel model = ImageModel.Load(_folder.Path, new() { Safety = use });
            ImageResult result = model.Generate(Fox);
            return (result.Image.Bytes, result.Safety);
        }

        Assert.All(Judged(SafetyCheck.Blacken).Bytes, value => Assert.Equal(0, value));
        Assert.Equal(unjudged, Judged(SafetyCheck.Report).Bytes);
        Assert.True(Judged(SafetyCheck.Report).Safety!.IsFlagged);
        Assert.Equal(unjudged, Judged(SafetyCheck.Off).Bytes);
        Assert.Null(Judged(SafetyCheck.Off).Safety);
        AddSafetyChecker(threshold: 2);
        Assert.Equal(unjudged, Judged(SafetyCheck.Blacken).Bytes);
        Assert.False(Judged(SafetyCheck.Blacken).Safety!.IsFlagged);
    }

    // A cosine is never below -2 nor above 2.
    private void AddSafetyChecker(double threshold)
    {
        ClipVisionConfig config = new() { ImageSize = 8, PatchSize = 4, Encoder = new() { Width = 8, InnerWidth = 16, Layers = 1, Heads = 2 }, ProjectionWidth = 3 };
        using SafetyNetwork network = new(config, 1, 1);
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> weights = network.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.detach());
        foreach (string prefix in new[] { "concept", "special_care" })
        {
            weights[$"{prefix}_embeds"] = ones(1, 3);
            weights[$"{prefix}_embeds_weights"] = tensor(new[] { (float)threshold });
        }
        JsonObject vision = new()
        {
            ["image_size"] = 8, ["patch_size"] = 4, ["hidden_size"] = 8, ["intermediate_size"] = 16, ["num_hidden_layers"] = 1, ["num_attention_heads"] = 2,
        };
        ModelComponent.Write(_folder.File(SafetyChecker.PartName), new() { ["vision_config"] = vision, ["projection_dim"] = 3 }, weights);
        _folder.Write("feature_extractor/preprocessor_config.json", """{"size": 8, "crop_size": 8}""");
        JsonNode index = JsonNode.Parse(File.ReadAllText(_folder.File("model_index.json")))!;
        index[SafetyChecker.PartName] = new JsonArray("stable_diffusion", "StableDiffusionSafetyChecker");
        index["feature_extractor"] = new JsonArray("transformers", "CLIPFeatureExtractor");
        _folder.Write("model_index.json", index.ToJsonString());
    }
}
