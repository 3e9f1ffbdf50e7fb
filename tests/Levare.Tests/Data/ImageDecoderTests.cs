using Levare.Codecs;
using Levare.Data;
using Levare.Verification;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Data;

public sealed class ImageDecoderTests
{
    // Skia knows no PPM, and scales 16-bit grey where Pillow clips it.
    private static readonly string[] Otherwise = ["ppm.ppm", "grey16.png"];

    [Fact]
    public void Files_decode_to_what_Pillow_gives()
    {
        using GoldenCase golden = Golden.Open("images/decode");
        int decoded = 0;
        foreach (string file in golden.Json.GetProperty("files").EnumerateObject().Select(p => p.Name).Except(Otherwise))
        {
            RawImage image = ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(golden.Folder, file)));
            using Tensor rgb = golden.Tensor($"{file}.rgb"), grey = golden.Tensor($"{file}.L");
            Assert.Equal([rgb.shape[1], rgb.shape[0]], [image.Width, image.Height]);
            // JPEG decoders round differently; CMYK has no one way to RGB.
            int tolerance = file == "cmyk.jpg" ? 8 : file.EndsWith(".jpg", StringComparison.Ordinal) ? 3 : 0;
            AssertNear(file, rgb, image.ToChannels(3).Bytes, tolerance);
            AssertNear(file, grey, image.ToChannels(1).Bytes, tolerance);
            decoded++;
        }
        Assert.True(decoded > 20);
    }

    [Fact]
    public void A_picture_of_more_pixels_than_allowed_is_refused_by_its_header()
    {
        byte[] png = ImageEncoder.Encode(TestPictures.Plain(1, 2, 3, 40, 30));
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => ImageDecoder.Decode(png, pixelLimit: 1199));
        Assert.Contains("40x30", error.Message);
        Assert.Equal(40, ImageDecoder.Decode(png, pixelLimit: 1200).Width);
    }

    [Fact]
    public void Broken_files_are_refused()
    {
        byte[] png = ImageEncoder.Encode(TestPictures.Ramp(20, 20));
        Assert.Throws<InvalidDataException>(() => ImageDecoder.Decode("no picture"u8.ToArray()));
        Assert.Throws<InvalidDataException>(() => ImageDecoder.Decode(png.AsMemory(0, png.Length / 2)));
        Assert.Throws<InvalidDataException>(() => ImageDecoder.Decode(ReadOnlyMemory<byte>.Empty));
    }

    private static void AssertNear(string file, Tensor expected, byte[] actual, int tolerance)
    {
        byte[] wanted = expected.data<byte>().ToArray();
        Assert.Equal(wanted.Length, actual.Length);
        int worst = wanted.Zip(actual).Max(pair => Math.Abs(pair.First - pair.Second));
        Assert.True(worst <= tolerance, $"{file}: differs by {worst}");
    }
}
