using System.Text.Json;
using Levare.Conditioning.Clip;
using Levare.Data;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Conditioning.Clip;

/// <summary>Pictures made ready for CLIP.</summary>
public sealed class ClipImageProcessorTests : IDisposable
{
    private static readonly ClipImageProcessor Bare = new() { Resize = null, Crop = null, Scale = 1, Mean = [0, 0, 0], Deviation = [1, 1, 1] };
    private readonly DisposeScope _scope = NewDisposeScope();

    [Theory]
    [InlineData(61, 45, 32, 32, 43)]
    [InlineData(45, 61, 32, 43, 32)]
    [InlineData(50, 50, 32, 32, 32)]
    [InlineData(10, 33, 20, 66, 20)]
    public void The_shorter_side_gets_the_size_and_the_longer_follows(int width, int height, int size, int expectedHeight, int expectedWidth) =>
        Assert.Equal((expectedHeight, expectedWidth), new ClipResize.ShortestEdge(size).SizeFor(height, width));

    [Fact]
    public void A_crop_is_taken_about_the_centre()
    {
        Tensor cropped = (Bare with { Crop = (2, 2) }).Process(Numbered(5, 3));
        Assert.Equal([1, 3, 2, 2], cropped.shape);
        // Rows 0 and 1 of 3, columns 1 and 2 of 5: an odd rest is larger behind.
        Assert.Equal([1, 2, 6, 7], cropped[0, 0].flatten().data<float>());
    }

    [Fact]
    public void A_crop_beyond_the_picture_is_black_there()
    {
        Tensor cropped = (Bare with { Crop = (1, 5) }).Process(Numbered(2, 1, first: 10));
        Assert.Equal([0, 0, 10, 11, 0], cropped[0, 0].flatten().data<float>());
    }

    [Fact]
    public void Channels_are_scaled_and_normalised_and_alpha_is_dropped()
    {
        ClipImageProcessor processor = Bare with { Scale = 0.5, Mean = [1, 2, 3], Deviation = [1, 2, 4] };
        Assert.Equal([4, 4, 3], processor.Process(new(1, 1, 4, [10, 20, 30, 0])).flatten().data<float>());
    }

    [Fact]
    public void A_configuration_says_what_is_done()
    {
        ClipImageProcessor read = Read("""{"size": {"height": 4, "width": 6}, "crop_size": 3, "resample": 2, "do_normalize": false, "rescale_factor": 0.25, "image_mean": [9, 9, 9]}""");
        Assert.Equal(new ClipResize.Exact(4, 6), read.Resize);
        Assert.Equal((3, 3), read.Crop);
        Assert.Equal(ResampleFilter.Bilinear, read.Filter);
        Assert.Equal(0.25, read.Scale);
        Assert.Equal([0.0, 0, 0], read.Mean);
        Assert.Null(Read("""{"do_resize": false}""").Resize);
        Assert.Null(Read("""{"do_center_crop": false}""").Crop);
    }

    [Theory]
    [InlineData("""{"size": 0}""", "size")]
    [InlineData("""{"size": {"longest": 3}}""", "size")]
    [InlineData("""{"crop_size": 100000}""", "crop_size")]
    [InlineData("""{"resample": 9}""", "resample")]
    [InlineData("""{"image_mean": [1, 2]}""", "image_mean")]
    [InlineData("""{"image_std": [1, 0, 1]}""", "image_std")]
    public void A_setting_that_is_not_sound_is_named(string json, string named) =>
        Assert.Contains($"'{named}'", Assert.Throws<InvalidDataException>(() => Read(json)).Message, StringComparison.Ordinal);

    public void Dispose() => _scope.Dispose();

    private static ClipImageProcessor Read(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return ClipImageProcessor.Read(document.RootElement, "preprocessor_config.json");
    }

    // Grey pixels that count from a number.
    private static RawImage Numbered(int width, int height, int first = 0) => new(width, height, 1, [.. Enumerable.Range(first, width * height).Select(i => (byte)i)]);
}
