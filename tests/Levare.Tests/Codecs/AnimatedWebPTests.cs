using Levare.Codecs;
using Levare.Data;
using SkiaSharp;
using Xunit;

namespace Levare.Tests.Codecs;

public sealed class AnimatedWebPTests
{
    [Fact]
    public void Every_frame_comes_back_with_its_pixels_and_its_duration()
    {
        RawImage[] images = [.. Enumerable.Range(0, 5).Select(n => new RawImage(7, 3, 3, [.. Enumerable.Range(0, 63).Select(i => (byte)(i * (n + 3)))]))];
        byte[] file = AnimatedWebP.Encode([.. images.Select((image, n) => (image, TimeSpan.FromMilliseconds(40 + n)))]);
        using SKCodec codec = SKCodec.Create(SKData.CreateCopy(file));
        Assert.Equal(5, codec.FrameCount);
        Assert.Equal([40, 41, 42, 43, 44], codec.FrameInfo.Select(frame => frame.Duration));
        for (int n = 0; n < images.Length; n++)
        {
            using SKBitmap bitmap = new(new SKImageInfo(7, 3, SKColorType.Rgba8888, SKAlphaType.Unpremul));
            Assert.Equal(SKCodecResult.Success, codec.GetPixels(bitmap.Info, bitmap.GetPixels(), new SKCodecOptions(n)));
            byte[] shown = bitmap.Bytes;
            Assert.Equal(images[n].Bytes, Enumerable.Range(0, 84).Where(i => i % 4 != 3).Select(i => shown[i]));
        }
    }

    [Fact]
    public void Frames_of_different_sizes_are_refused()
    {
        RawImage small = new(1, 1, 3, new byte[3]), large = new(2, 1, 3, new byte[6]);
        Assert.Throws<ArgumentException>(() => AnimatedWebP.Encode([(small, TimeSpan.FromSeconds(1)), (large, TimeSpan.FromSeconds(1))]));
        Assert.Throws<ArgumentException>(() => AnimatedWebP.Encode([]));
    }
}
