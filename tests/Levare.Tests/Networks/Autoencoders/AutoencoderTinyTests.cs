using System.Text.Json;
using Levare.Networks.Autoencoders;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Networks.Autoencoders;

public sealed class AutoencoderTinyTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    private static AutoencoderTinyConfig Tiny => new()
    {
        EncoderBlockOutChannels = [4, 4],
        DecoderBlockOutChannels = [6, 6],
        NumEncoderBlocks = [1, 2],
        NumDecoderBlocks = [2, 1],
        LatentChannels = 5,
    };

    [Theory]
    [InlineData(TinyUpsampling.Nearest, null)]
    [InlineData(TinyUpsampling.Bicubic, 4)]
    public void What_is_saved_loads_as_the_same_network(TinyUpsampling upsampling, int? poolGroups)
    {
        using TemporaryFolder folder = new();
        using AutoencoderTiny saved = new(Tiny with { Upsampling = upsampling, PoolGroups = poolGroups, Scale = new() { Factor = 2, Shift = 0.5 } });
        saved.Save(folder.Path);
        using Autoencoder loaded = Autoencoder.Load(ModelComponent.Open(folder.Path));
        Tensor pixels = rand(1, 3, 8, 6) * 2 - 1;
        Tensor latents = loaded.Encode(pixels).Mode;
        Assert.Equal([1, 5, 4, 3], latents.shape);
        Assert.True(saved.Encode(pixels).Mode.allclose(latents));
        Assert.True(saved.Decode(latents).allclose(loaded.Decode(latents)));
        Assert.Equal(2, loaded.ScalingFactor);
        Assert.Equal(0.5, loaded.ShiftFactor);
    }

    [Fact]
    public void The_two_original_files_tell_all_settings()
    {
        using TemporaryFolder folder = new();
        using AutoencoderTiny network = new(Tiny with { PoolGroups = 4 });
        string encoder = Path.Combine(folder.Path, "tae_encoder.safetensors"), decoder = Path.Combine(folder.Path, "tae_decoder.safetensors");
        Write(encoder, network, "encoder.layers.", shift: 0);
        Write(decoder, network, "decoder.layers.", shift: 1);
        using AutoencoderTiny loaded = AutoencoderTiny.LoadOriginal(encoder, decoder);
        Assert.Equal(AutoencoderTinyConfigJson.Write(network.Config).ToJsonString(), AutoencoderTinyConfigJson.Write(loaded.Config).ToJsonString());
        Tensor latents = randn(1, 5, 3, 3);
        Assert.True(network.Decode(latents).allclose(loaded.Decode(latents)));
    }

    [Fact]
    public void A_file_of_something_else_is_refused_by_its_keys()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "other.safetensors");
        SafetensorsWriter.Write(path, [new("down.0.weight", ones(2, 2))]);
        Assert.Contains("down.0.weight", Assert.Throws<InvalidDataException>(() => AutoencoderTiny.LoadOriginal(path, path)).Message);
    }

    [Theory]
    [InlineData("""{ "num_encoder_blocks": [1] }""", "encoder_block_out_channels")]
    [InlineData("""{ "encoder_block_out_channels": [64, 64, 32, 64] }""", "encoder_block_out_channels")]
    [InlineData("""{ "upsampling_scaling_factor": 3 }""", "enlarges")]
    [InlineData("""{ "upsample_fn": "area" }""", "upsample_fn")]
    public void Settings_that_do_not_fit_are_named(string json, string key) =>
        Assert.Contains(key, Assert.Throws<InvalidDataException>(() => AutoencoderTinyConfigJson.Read(JsonDocument.Parse(json).RootElement, "vae/config.json")).Message);

    [Fact]
    public void Latents_stored_as_bytes_come_back()
    {
        using AutoencoderTiny network = new(Tiny);
        Tensor latents = tensor(new float[] { -3, 0, 1.5f, 3 });
        Assert.True(network.FromUnit(network.ToUnit(latents)).allclose(latents));
        Assert.Equal(1, network.ToUnit(tensor(9f)).item<float>());
    }

    public void Dispose() => _scope.Dispose();

    private static void Write(string path, AutoencoderTiny network, string prefix, int shift) =>
        SafetensorsWriter.Write(path, network.state_dict().Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(pair =>
        {
            string[] key = pair.Key[prefix.Length..].Split('.', 2);
            return new KeyValuePair<string, Tensor>($"{int.Parse(key[0]) + shift}.{key[1]}", pair.Value);
        }));
}
