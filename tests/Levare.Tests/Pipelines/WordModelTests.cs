using Levare.Conditioning;
using Levare.Networks;
using Levare.Pipelines;
using Xunit;

namespace Levare.Tests.Pipelines;

public sealed class WordModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("levare-words-").FullName;

    public WordModelTests()
    {
        WordTokenizer tokenizer = new(["red", "blue", "apple"], new Dictionary<string, string>(), length: 4);
        TorchSharp.torch.random.manual_seed(1);
        using WordUNet network = new(new WordUNetOptions(tokenizer.Count, tokenizer.Length) { Width = 16, Depth = 1, Channels = [16, 16, 16], SketchWidth = 8, SketchDepth = 1 });
        WordUNetFolder.Save(_folder, network, tokenizer);
        File.WriteAllText(Path.Combine(_folder, "model_index.json"), """{"_class_name": "WordUNetPipeline"}""");
        File.WriteAllText(Path.Combine(_folder, "levare.json"), """{"steps": 3, "guidance": 2.5, "guidance_from": 0.1, "guidance_to": 20}""");
        Directory.CreateDirectory(Path.Combine(_folder, "scheduler"));
        File.WriteAllText(Path.Combine(_folder, "scheduler", "scheduler_config.json"),
            """{"_class_name": "EDMDPMSolverMultistepScheduler", "sigma_min": 0.01, "sigma_max": 80.0, "sigma_data": 0.5}""");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Words_are_heard_and_unknown_ones_are_named()
    {
        using ImageModel model = ImageModel.Load(_folder);
        ImageResult red = model.Generate(new("a red apple")), blue = model.Generate(new("a blue apple"));
        Assert.Equal((64, 64), (red.Image.Width, red.Image.Height));
        Assert.NotEqual(red.Latents.Hash, blue.Latents.Hash);
        Assert.Equal(red.Latents.Hash, model.Generate(new("red APPLE!")).Latents.Hash);
        Assert.Equal(["qqqq"], model.UnknownWords("a red qqqq").Except(["a"]));
        // Of three levels the middle one alone lies in the interval of guidance, which needs a second row.
        Assert.Equal(4, red.Evaluations);
    }

    [Fact]
    public void Another_size_is_refused()
    {
        using ImageModel model = ImageModel.Load(_folder);
        Assert.Equal("this model makes pictures of 64x64 only, not 32x32.",
            Assert.Throws<RequestException>(() => model.Generate(new("red") { Size = new(32, 32) })).Message);
    }
}
