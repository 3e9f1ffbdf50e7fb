using Levare.Networks.Autoencoders;
using Levare.Sampling;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Networks.Autoencoders;

public sealed class TiledCodecTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<Tiling> Tilings => [new SeamTiling(16, 8, 0.25), new SeamTiling(12, 6, 0.5), new CanvasTiling(16, 8, 0.25), new SeamTiling(16, 8, 0)];

    // A codec without receptive field: tiles cannot differ from the whole, so that only cutting and blending are seen.
    private sealed class Pointwise : ILatentCodec
    {
        public int Factor => 2;

        public int LatentChannels => 3;

        public LatentScale Scale => LatentScale.None;

        public List<int> Batches { get; } = [];

        public LatentPosterior Encode(Tensor pixels)
        {
            Batches.Add((int)pixels.shape[0]);
            return new(nn.functional.avg_pool2d(pixels, 2, 2), nn.functional.avg_pool2d(pixels * 3, 2, 2));
        }

        public Tensor Decode(Tensor latents)
        {
            Batches.Add((int)latents.shape[0]);
            return nn.functional.interpolate(latents, scale_factor: [2, 2], mode: InterpolationMode.Nearest);
        }
    }

    [Theory]
    [MemberData(nameof(Tilings))]
    public void Tiles_that_agree_with_the_whole_are_put_together_without_a_trace(Tiling tiling)
    {
        Pointwise codec = new();
        TiledCodec tiled = new(codec, tiling);
        foreach ((int height, int width) in ((int, int)[])[(16, 16), (40, 36), (16, 50), (52, 14)])
        {
            Tensor pixels = rand(2, 3, height, width), latents = randn(1, 3, height / 2, width / 2);
            LatentPosterior expected = codec.Encode(pixels), actual = tiled.Encode(pixels);
            Assert.True(expected.Mean.allclose(actual.Mean, 1e-5, 1e-6));
            Assert.True(expected.LogVariance!.allclose(actual.LogVariance!, 1e-5, 1e-6));
            Assert.True(codec.Decode(latents).allclose(tiled.Decode(latents), 1e-5, 1e-6));
        }
    }

    [Fact]
    public void Pictures_of_one_tile_go_through_whole()
    {
        Pointwise codec = new();
        new TiledCodec(codec, new SeamTiling(16, 8, 0.25)).Decode(randn(3, 3, 8, 8));
        Assert.Equal([3], codec.Batches);
    }

    [Fact]
    public void A_sliced_batch_gives_the_same_few_at_a_time()
    {
        Pointwise codec = new();
        Tensor pixels = rand(5, 3, 6, 6);
        LatentPosterior expected = codec.Encode(pixels);
        codec.Batches.Clear();
        LatentPosterior actual = new SlicedCodec(codec, 2).Encode(pixels);
        Assert.Equal([2, 2, 1], codec.Batches);
        Assert.True(expected.Sample(new SeededNoise(1)).equal(actual.Sample(new SeededNoise(1))).all().item<bool>());
        Assert.Throws<ArgumentOutOfRangeException>(() => new SlicedCodec(codec, 0));
    }

    [Fact]
    public void Tiny_autoencoders_have_tiles_of_their_own_kind()
    {
        using AutoencoderTiny tiny = new(new() { EncoderBlockOutChannels = [2, 2], DecoderBlockOutChannels = [2, 2], NumEncoderBlocks = [1, 1], NumDecoderBlocks = [1, 1] });
        Assert.Equal(new CanvasTiling(512, 256, 0.125), Tiling.Of(tiny));
        using AutoencoderKl kl = new(new() { BlockOutChannels = [4, 4], EncoderAttention = [false, false], DecoderAttention = [false, false], NormNumGroups = 2, SampleSize = (64, 64) });
        Assert.Equal(new SeamTiling(64, 32, 0.25), Tiling.Of(kl));
    }

    public void Dispose() => _scope.Dispose();
}
