using Levare.Pipelines;
using Levare.Pipelines.Formats;
using Levare.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines.Formats;

public sealed class GivenAutoencoderTests : IDisposable
{
    private static readonly string Model = Path.Combine(Golden.Folder!, "sd", "sd15_model");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_of_weights_takes_the_place_of_the_models_autoencoder_and_the_recipe_says_so()
    {
        string file = _folder.File("brighter.safetensors");
        WriteBrighter(file);
        using ImageModel own = ImageModel.Load(Model), given = ImageModel.Load(Model, new() { Vae = file });
        ImageRequest request = new("a star") { Seed = 1, Steps = 1, Guidance = 1, Size = new(64, 64) };
        ImageResult plain = own.Generate(request), brighter = given.Generate(request);
        Assert.True(brighter.Image.Bytes.Average(value => value) > plain.Image.Bytes.Average(value => value) + 10);
        Assert.Equal((null, file), (plain.Recipe.Vae, brighter.Recipe.Vae));
    }

    [Fact]
    public void A_folder_keeps_its_own_settings_and_its_own_variant()
    {
        ModelFiles model = ModelFiles.Open(Model);
        string own = Path.Combine(Model, "vae");
        foreach (string path in new[] { own, Model })
        {
            ModelComponent given = GivenAutoencoder.Open(path, model);
            Assert.Equal(Path.Combine(own, "config.json"), given.ConfigPath);
            using IWeights weights = given.OpenWeights("fp16"), plain = ModelComponent.Open(own).OpenWeights();
            Assert.Equal(plain.Entries.Keys.Order(StringComparer.Ordinal), weights.Entries.Keys.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void What_is_no_autoencoder_is_refused()
    {
        ModelFiles model = ModelFiles.Open(Model);
        string nowhere = _folder.File("nowhere");
        Assert.Contains(nowhere, Assert.Throws<FileNotFoundException>(() => GivenAutoencoder.Open(nowhere, model)).Message, StringComparison.Ordinal);
        string other = _folder.File("other.safetensors");
        using Tensor one = ones(1);
        SafetensorsWriter.Write(other, [new("stranger", one)]);
        Assert.Contains(other, Assert.Throws<InvalidDataException>(() => GivenAutoencoder.Open(other, model)).Message, StringComparison.Ordinal);
    }

    private static void WriteBrighter(string file)
    {
        using var scope = NewDisposeScope();
        using IWeights weights = ModelComponent.Open(Path.Combine(Model, "vae")).OpenWeights();
        SafetensorsWriter.Write(file, weights.Entries.Keys.Select(key =>
            KeyValuePair.Create(key, key == "decoder.conv_out.bias" ? weights.Load(key) + 0.3 : weights.Load(key))).ToArray());
    }
}
