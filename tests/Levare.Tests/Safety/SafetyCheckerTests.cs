using System.Text.Json.Nodes;
using Levare.Conditioning.Clip;
using Levare.Data;
using Levare.Networks.Clip;
using Levare.Safety;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Safety;

/// <summary>Verdicts of a tiny safety checker whose concepts lie at known angles to a picture's embedding.</summary>
public sealed class SafetyCheckerTests : IDisposable
{
    private static readonly RawImage Picture = new(12, 9, 3, [.. Enumerable.Range(0, 12 * 9 * 3).Select(i => (byte)(i * 37))]);
    private static readonly ClipVisionConfig Config = new() { ImageSize = 8, PatchSize = 4, Encoder = new() { Width = 8, InnerWidth = 16, Layers = 1, Heads = 2 }, ProjectionWidth = 3 };
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    [Theory]
    [InlineData(0.9, 0.1, true)] // a cosine of 1 is above
    [InlineData(1.1, -0.1, false)]
    [InlineData(0.9997, 0, false)] // within half a thousandth of the threshold
    public void A_picture_is_flagged_above_a_threshold(double threshold, double score, bool isFlagged)
    {
        using SafetyChecker checker = Checker([(1, threshold)], [(-1, 0.5)]);
        SafetyVerdict verdict = checker.Check(Picture);
        Assert.Equal([score], verdict.ConceptScores.Select(value => Math.Round(value, 4)));
        Assert.Equal([-1.5], verdict.SpecialScores);
        Assert.Equal(isFlagged, verdict.IsFlagged);
    }

    [Fact]
    public void Special_care_makes_what_is_judged_after_it_stricter()
    {
        using SafetyChecker checker = Checker([(1, 1.004)], [(-1, 0), (1, 0.8), (1, 1.5)]);
        SafetyVerdict verdict = checker.Check(Picture);
        Assert.Equal([-1, 0.2, -0.49], verdict.SpecialScores);
        Assert.Equal([0.006], verdict.ConceptScores);
        Assert.True(verdict.IsFlagged);
    }

    [Fact]
    public void A_model_without_a_safety_checker_has_none()
    {
        ModelFolder.WriteIndex(_folder.Path, "StableDiffusionPipeline", []);
        Assert.Null(SafetyChecker.Load(ModelFolder.Open(_folder.Path)));
    }

    [Fact]
    public void Weights_that_are_no_safety_checker_are_named()
    {
        using SafetyChecker sound = Checker([(1, 1)], [(1, 1)]);
        string file = Path.Combine(_folder.Path, "safety_checker", "diffusion_pytorch_model.safetensors");
        SafetensorsWriter.Write(file, [KeyValuePair.Create("concept_embeds", ones(3))]);
        Assert.Contains("concept_embeds", Assert.Throws<InvalidDataException>(() => SafetyChecker.Load(ModelFolder.Open(_folder.Path))).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    // Concepts and special concepts by their cosine to the picture (1 or -1) and their threshold, written to files and loaded.
    private SafetyChecker Checker((int Cosine, double Threshold)[] concepts, (int Cosine, double Threshold)[] specials)
    {
        random.manual_seed(7);
        using SafetyNetwork network = new(Config, concepts.Length, specials.Length);
        Dictionary<string, Tensor> weights = network.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.detach());
        Tensor embedding = Embedding(network);
        foreach ((string prefix, (int Cosine, double Threshold)[] items) in new[] { ("concept", concepts), ("special_care", specials) })
        {
            weights[$"{prefix}_embeds"] = cat([.. items.Select(item => embedding * item.Cosine * 2)], 0);
            weights[$"{prefix}_embeds_weights"] = tensor(items.Select(item => (float)item.Threshold).ToArray());
        }
        weights["vision_model.vision_model.embeddings.position_ids"] = arange(5).unsqueeze(0);
        JsonObject vision = new()
        {
            ["image_size"] = 8, ["patch_size"] = 4, ["hidden_size"] = 8, ["intermediate_size"] = 16, ["num_hidden_layers"] = 1, ["num_attention_heads"] = 2, ["projection_dim"] = 512,
        };
        string part = Path.Combine(_folder.Path, "safety_checker"), processor = Path.Combine(_folder.Path, "feature_extractor");
        ModelComponent.Write(part, new() { ["vision_config"] = vision, ["projection_dim"] = 3 }, weights);
        Directory.CreateDirectory(processor);
        File.WriteAllText(Path.Combine(processor, "preprocessor_config.json"), """{"size": 8, "crop_size": 8}""");
        ModelFolder.WriteIndex(_folder.Path, "StableDiffusionPipeline",
            [new("safety_checker", "stable_diffusion", "StableDiffusionSafetyChecker"), new("feature_extractor", "transformers", "CLIPFeatureExtractor")]);
        return SafetyChecker.Load(ModelFolder.Open(_folder.Path))!;
    }

    // The picture's embedding by the two modules that make it, without the cosines that are under test.
    private static Tensor Embedding(SafetyNetwork network)
    {
        ClipImageProcessor processor = new() { Resize = new ClipResize.ShortestEdge(8), Crop = (8, 8) };
        Dictionary<string, nn.Module> modules = network.named_children().ToDictionary(child => child.name, child => child.module);
        using var noGradient = no_grad();
        return ((TorchSharp.Modules.Linear)modules["visual_projection"]).call(((ClipVisionModel)modules["vision_model"]).call(processor.Process(Picture)).Pooled);
    }
}
