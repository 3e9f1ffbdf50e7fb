using System.Text.Json;
using Levare.Networks.Autoencoders;
using Levare.Sampling;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Networks.Autoencoders;

public sealed class AutoencoderKlTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    private static AutoencoderKlConfig Tiny => new()
    {
        BlockOutChannels = [4, 8],
        EncoderAttention = [false, false],
        DecoderAttention = [false, false],
        NormNumGroups = 2,
    };

    [Fact]
    public void What_is_saved_loads_as_the_same_network()
    {
        using TemporaryFolder folder = new();
        AutoencoderKlConfig config = Tiny with
        {
            EncoderAttention = [false, true],
            DecoderAttention = [true, false],
            SampleSize = (24, 16),
            LayersPerBlock = 2,
            UseQuantConv = false,
            MidBlockAddAttention = false,
            ForceUpcast = false,
            Scale = new() { Factor = 0.4, Shift = 0.25, Mean = [1, 2, 3, 4], Deviation = [0.5, 1, 2, 4] },
        };
        using AutoencoderKl saved = new(config);
        saved.eval();
        saved.Save(folder.Path);
        using Autoencoder loaded = Autoencoder.Load(ModelComponent.Open(folder.Path));
        AutoencoderKl kl = Assert.IsType<AutoencoderKl>(loaded);
        Assert.Equal(config.Scale, kl.Scale);
        Assert.Equal(AutoencoderKlConfigJson.Write(config).ToJsonString(), AutoencoderKlConfigJson.Write(kl.Config).ToJsonString());
        Tensor latents = randn(1, 4, 3, 5);
        Assert.True(saved.Decode(latents).allclose(loaded.Decode(latents)));
        Assert.Equal([1, 3, 6, 10], loaded.Decode(latents).shape);
    }

    [Fact]
    public void Settings_that_are_not_known_are_an_error_unless_only_reported()
    {
        JsonElement json = JsonDocument.Parse("""{ "block_out_channels": [32], "magic": 3 }""").RootElement;
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => AutoencoderKlConfigJson.Read(json, "vae/config.json"));
        Assert.Contains("magic", error.Message);
        Assert.Equal(0.18215, AutoencoderKlConfigJson.Read(json, "vae/config.json", Strictness.ReportOnly).Scale.Factor);
    }

    [Theory]
    [InlineData("""{ "block_out_channels": [] }""", "block_out_channels")]
    [InlineData("""{ "block_out_channels": [64, 128] }""", "down_block_types")]
    [InlineData("""{ "norm_num_groups": 3 }""", "norm_num_groups")]
    [InlineData("""{ "scaling_factor": 0 }""", "scaling_factor")]
    [InlineData("""{ "latents_mean": [0, 0], "latents_std": [1, 1] }""", "latents_mean")]
    [InlineData("""{ "down_block_types": ["DownBlock2D"] }""", "down_block_types")]
    public void Settings_that_do_not_fit_are_named(string json, string key) =>
        Assert.Contains(key, Assert.Throws<InvalidDataException>(() => AutoencoderKlConfigJson.Read(JsonDocument.Parse(json).RootElement, "vae/config.json")).Message);

    [Fact]
    public void Inputs_of_other_shapes_are_refused()
    {
        using AutoencoderKl autoencoder = new(Tiny);
        Assert.Throws<ArgumentException>(() => autoencoder.Encode(zeros(1, 4, 8, 8)));
        Assert.Throws<ArgumentException>(() => autoencoder.Decode(zeros(4, 8, 8)));
    }

    [Fact]
    public void A_posterior_clamps_its_variance_and_draws_once()
    {
        using LatentPosterior posterior = new(full([1, 1, 2, 2], 5f), full([1, 1, 2, 2], -100f));
        RecordedNoise noise = new([ones(1, 1, 2, 2)]);
        Assert.Equal(5 + Math.Exp(-15), posterior.Sample(noise).mean().item<float>(), 1e-6);
        Assert.Equal(1, noise.Used);
    }

    [Fact]
    public void A_posterior_without_variance_draws_nothing()
    {
        using LatentPosterior posterior = new(full([1, 1, 2, 2], 5f), null);
        Assert.Equal(5, posterior.Sample(new RecordedNoise([])).mean().item<float>());
    }

    [Fact]
    public void Scaling_is_undone_exactly_enough()
    {
        Tensor latents = randn(2, 4, 3, 3);
        LatentScale[] scales = [LatentScale.None, new() { Factor = 1.5305, Shift = 0.0609 }, new() { Factor = 0.13025, Mean = [1, -2, 0, 3], Deviation = [0.5, 1, 2, 4] }];
        foreach (LatentScale scale in scales) Assert.True(scale.ToLatents(scale.ToState(latents)).allclose(latents, 1e-5, 1e-5));
        Assert.Equal(1.5305 * (2 - 0.0609), scales[1].ToState(full([1, 4, 1, 1], 2f)).mean().item<float>(), 1e-5);
        Assert.Equal(0.13025 * (2 - 1) / 0.5, scales[2].ToState(full([1, 4, 1, 1], 2f))[0, 0].item<float>(), 1e-6);
    }

    public void Dispose() => _scope.Dispose();
}
