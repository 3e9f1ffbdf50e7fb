using Levare.Codecs;
using Levare.Data;
using Levare.Networks.Autoencoders;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Codecs;

public sealed class LatentPreviewTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    [Theory]
    [InlineData(0.18215, true)]
    [InlineData(0.13025, true)]
    [InlineData(0.5, false)]
    public void Known_latent_spaces_show_colours_and_others_light_and_shade(double scale, bool isKnown)
    {
        using AutoencoderKl autoencoder = new(new() { BlockOutChannels = [4], NormNumGroups = 2, Scale = new() { Factor = scale } });
        RawImage picture = Assert.Single(LatentPreview.Of(autoencoder).Pictures(randn(1, 4, 3, 5)));
        Assert.Equal((5, 3, isKnown ? 3 : 1), (picture.Width, picture.Height, picture.Channels));
    }

    [Fact]
    public void Colours_are_sums_of_channels()
    {
        LinearLatentPreview preview = new([(1, 0, -1), (0, 0.5f, 0)], (0, 0, 1));
        RawImage picture = preview.Pictures(tensor(new float[] { 1, 2 }).view(1, 2, 1, 1)).Single();
        Assert.Equal([255, 255, 128], picture.Bytes);
        Assert.Throws<ArgumentException>(() => preview.Pictures(zeros(1, 3, 2, 2)));
    }

    [Fact]
    public void A_tiny_decoder_shows_the_picture_in_full_size()
    {
        using AutoencoderTiny tiny = new(new() { EncoderBlockOutChannels = [4, 4], DecoderBlockOutChannels = [4, 4], NumEncoderBlocks = [1, 1], NumDecoderBlocks = [1, 1], Scale = new() { Factor = 2 } });
        Tensor latents = randn(1, 4, 3, 5);
        RawImage picture = new TinyLatentPreview(tiny).Pictures(latents * 2).Single();
        Assert.Equal(PixelCodec.Decode(tiny.Decode(latents)[0]).Bytes, picture.Bytes);
        Assert.Equal((10, 6), (picture.Width, picture.Height));
    }

    public void Dispose() => _scope.Dispose();
}
