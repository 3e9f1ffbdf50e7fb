using Levare.Codecs;
using Levare.Data;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Codecs;

public sealed class PixelCodecTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_picture_becomes_a_state_and_the_same_picture_again(int channels)
    {
        RawImage image = new(5, 4, channels, [.. Enumerable.Range(0, 20 * channels).Select(i => (byte)(i * 37))]);
        using Tensor state = PixelCodec.Encode(image);
        Assert.Equal([channels, 4, 5], state.shape);
        RawImage again = PixelCodec.Decode(state);
        Assert.Equal((image.Width, image.Height, image.Channels), (again.Width, again.Height, again.Channels));
        Assert.Equal(image.Bytes, again.Bytes);
    }

    [Fact]
    public void Black_is_minus_one_white_is_one_and_the_rest_is_clamped_and_rounded_to_the_nearest()
    {
        using Tensor state = tensor(new[] { -1f, 1f, -7f, 7f, 0f, 2 * 2.4f / 255 - 1, 2 * 2.6f / 255 - 1 }).view(1, 1, 7);
        Assert.Equal([0, 255, 0, 255, 128, 2, 3], PixelCodec.Decode(state).Bytes);
    }

    [Fact]
    public void Where_a_model_takes_pixels_so_black_is_nought()
    {
        using Tensor state = tensor(new[] { 0f, 1f, -7f, 7f, 0.2f }).view(1, 1, 5);
        Assert.Equal([0, 255, 0, 255, 51], PixelCodec.Decode(state, PixelRange.Unit).Bytes);
    }

    [Fact]
    public void Values_that_are_not_finite_are_an_error_rather_than_a_black_picture()
    {
        using Tensor state = tensor(new[] { 0f, float.NaN, 0f, 0f }).view(1, 2, 2);
        Assert.Throws<InvalidDataException>(() => PixelCodec.Decode(state));
    }
}
