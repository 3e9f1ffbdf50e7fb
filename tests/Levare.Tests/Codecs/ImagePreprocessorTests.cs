using Levare.Codecs;
using Levare.Data;
using Levare.Tests.Data;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Codecs;

public sealed class ImagePreprocessorTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    [Fact]
    public void Sides_are_cut_to_multiples_and_values_span_the_range()
    {
        RawImage picture = TestPictures.Plain(255, 0, 51, 45, 33);
        Tensor signed = ImagePreprocessor.Picture.Encode(picture);
        Assert.Equal([1, 3, 32, 40], signed.shape);
        Assert.Equal([1f, -1f, -0.6f], signed[0, .., 0, 0].data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        Tensor unit = (ImagePreprocessor.Control with { Multiple = 16 }).Encode(picture, 64, 47);
        Assert.Equal([1, 3, 32, 64], unit.shape);
        Assert.Equal(0.2, unit[0, 2].mean().item<float>(), 1e-6);
    }

    [Fact]
    public void Masks_are_zero_or_one_from_half_on()
    {
        Tensor mask = ImagePreprocessor.Mask.Encode(new RawImage(8, 8, 1, [.. Enumerable.Range(0, 64).Select(i => (byte)(i < 32 ? 127 : 128))]));
        Assert.Equal(0, mask[0, 0, 0, 0].item<float>());
        Assert.Equal(1, mask[0, 0, 7, 7].item<float>());
        Assert.Equal(32, mask.sum().item<float>());
    }

    [Fact]
    public void A_region_of_a_picture_alone_is_encoded()
    {
        RawImage picture = TestPictures.Plain(0, 0, 0, 32, 32).With(TestPictures.Plain(255, 255, 255, 8, 8), 8, 16);
        Tensor part = ImagePreprocessor.Picture.Encode(picture, region: new PixelRegion(8, 16, 16, 24));
        Assert.Equal([1, 3, 8, 8], part.shape);
        Assert.Equal(1, part.min().item<float>());
    }

    [Fact]
    public void A_picture_without_room_for_one_latent_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ImagePreprocessor.Picture.Encode(TestPictures.Plain(1, 2, 3, 7, 20)));

    [Fact]
    public void Tensors_in_minus_one_to_one_and_latents_stay_as_they_are()
    {
        Tensor pixels = tensor(new float[] { -1, 1 }).view(1, 1, 1, 2).expand(1, 3, 8, 2).repeat(1, 1, 1, 4);
        Assert.Equal(-1, ImagePreprocessor.Picture.Encode(pixels).min().item<float>());
        Tensor latents = ones(1, 4, 3, 3);
        Assert.Equal([1, 4, 3, 3], ImagePreprocessor.Picture.Encode(latents).shape);
    }

    [Fact]
    public void A_mask_that_marks_nothing_has_no_region() =>
        Assert.Throws<ArgumentException>(() => MaskRegion.Around(TestPictures.Plain(0, 0, 0, 16, 16), 8, 8));

    [Fact]
    public void A_line_of_pixels_that_would_have_to_cover_a_size_is_refused_before_memory_is_taken() =>
        Assert.Throws<ArgumentException>(() => PictureResizing.To(TestPictures.Plain(1, 1, 1, 1_000_000, 1), 512, 512, ResizeMode.Crop));

    [Theory]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_blur_of_no_radius_is_refused(double radius) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GaussianBlur.Apply(TestPictures.Plain(1, 1, 1, 4, 4), radius));

    [Fact]
    public void What_was_not_to_be_painted_is_the_original()
    {
        RawImage original = TestPictures.Ramp(24, 16), painted = TestPictures.Plain(9, 8, 7, 24, 16);
        RawImage mask = new RawImage(24, 16, 1, new byte[24 * 16]).With(new RawImage(10, 16, 1, [.. Enumerable.Repeat((byte)255, 160)]), 0, 0);
        RawImage result = InpaintOverlay.Apply(mask, original, painted);
        Assert.Equal(painted.Crop(new(0, 0, 10, 16)).Bytes, result.Crop(new(0, 0, 10, 16)).Bytes);
        Assert.Equal(original.ToChannels(3).Crop(new(10, 0, 24, 16)).Bytes, result.Crop(new(10, 0, 24, 16)).Bytes);
    }

    [Fact]
    public void A_painted_region_is_laid_where_it_was_cut_out()
    {
        RawImage original = TestPictures.Plain(1, 1, 1, 24, 16), mask = new(24, 16, 1, [.. Enumerable.Repeat((byte)255, 24 * 16)]);
        RawImage result = InpaintOverlay.Apply(mask, original, TestPictures.Plain(200, 0, 0, 64, 64), new PixelRegion(4, 5, 12, 13));
        Assert.Equal(200, result.Bytes[(5 * 24 + 4) * 3]);
        Assert.Equal(0, result.Bytes[(4 * 24 + 4) * 3]);
    }

    public void Dispose() => _scope.Dispose();
}
