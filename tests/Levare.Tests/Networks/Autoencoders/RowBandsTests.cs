using Levare.Networks.Autoencoders;
using Levare.Networks.Blocks;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Networks.Autoencoders;

public sealed class RowBandsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    [Theory]
    [InlineData(24, 40)]
    [InlineData(37, 29)]
    public void Large_feature_maps_in_bands_give_what_they_give_whole(int height, int width)
    {
        manual_seed(3);
        using var noGradient = no_grad();
        using AutoencoderKl autoencoder = new(new()
        {
            BlockOutChannels = [4, 8, 8],
            EncoderAttention = [false, false, true],
            DecoderAttention = [true, false, false],
            NormNumGroups = 2,
        });
        autoencoder.eval();
        Tensor pixels = rand(2, 3, height, width) * 2 - 1, latents = randn(2, 4, height / 4, width / 4);
        Tensor mean = autoencoder.Encode(pixels).Mean, decoded = autoencoder.Decode(latents);
        foreach (int large in (int[])[1, 300, 5000])
            using (RowBands.LargeFrom(large))
            {
                AssertNear(mean, autoencoder.Encode(pixels).Mean);
                AssertNear(decoded, autoencoder.Decode(latents));
            }
    }

    [Fact]
    public void Tiny_autoencoders_in_bands_give_what_they_give_whole()
    {
        using var noGradient = no_grad();
        using AutoencoderTiny autoencoder = new(new()
        {
            EncoderBlockOutChannels = [4, 4], DecoderBlockOutChannels = [4, 4], NumEncoderBlocks = [1, 2], NumDecoderBlocks = [2, 1], PoolGroups = 4,
        });
        Tensor pixels = rand(1, 3, 22, 18) * 2 - 1, latents = randn(2, 4, 11, 9);
        Tensor mean = autoencoder.Encode(pixels).Mean, decoded = autoencoder.Decode(latents);
        foreach (int large in (int[])[1, 300, 1000])
            using (RowBands.LargeFrom(large))
            {
                AssertNear(mean, autoencoder.Encode(pixels).Mean);
                AssertNear(decoded, autoencoder.Decode(latents));
            }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Reductions_of_odd_sides_have_the_same_size_in_bands(int padding)
    {
        using var noGradient = no_grad();
        using Downsample2D layer = new(3, 5, padding);
        foreach (int side in (int[])[16, 17])
        {
            Tensor x = randn(1, 3, side, side + 2), whole = layer.call(x);
            using (RowBands.LargeFrom(40)) AssertNear(whole, layer.call(x));
        }
    }

    [Fact]
    public void Where_gradients_are_recorded_nothing_is_cut()
    {
        using Upsample2D layer = new(2, 2);
        Tensor x = randn(1, 2, 8, 8, requires_grad: true);
        using (RowBands.LargeFrom(1)) layer.call(x).sum().backward();
        Assert.NotNull(x.grad);
    }

    public void Dispose() => _scope.Dispose();

    private static void AssertNear(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, 1e-5);
    }
}
