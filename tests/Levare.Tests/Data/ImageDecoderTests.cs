using Levare.Codecs;
using Levare.Data;
using Levare.Verification;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Data;

public sealed class ImageDecoderTests
{
    [Fact]
    public void Grey_of_16_bits_is_scaled_unless_it_is_to_be_as_in_Python()
    {
        using GoldenCase golden = Golden.Open("images/decode");
        byte[] png = File.ReadAllBytes(Path.Combine(golden.Folder, "grey16.png"));
        using Tensor raw = golden.Tensor("grey16.png.raw");
        int[] values = [.. raw.to(ScalarType.Int32).contiguous().data<int>()];
        Assert.Equal(values.Select(value => (byte)(value >> 8)), ImageDecoder.Decode(png).ToChannels(1).Bytes);
        Assert.Equal(values.Select(value => (byte)Math.Min(value, 255)), ImageDecoder.Decode(png, deepGrey: DeepGrey.Clipped).ToChannels(1).Bytes);
    }

    [Fact]
    public void Binary_anymaps_are_scaled_to_bytes()
    {
        byte[] grey = [.. "P5 # a comment\n2 1\n3\n"u8, 0, 3];
        Assert.Equal([0, 0, 0, 255, 255, 255], ImageDecoder.Decode(grey).Bytes);
        byte[] deep = [.. "P6\n1 1 65535\n"u8, 0xff, 0xff, 0x80, 0x00, 0, 0];
        Assert.Equal([255, 128, 0], ImageDecoder.Decode(deep).Bytes);
    }

    [Theory]
    [InlineData("P6 2 2 255\n123")]
    [InlineData("P6 2 2")]
    [InlineData("P5 0 4 255\n")]
    [InlineData("P5 99999999 99999999 255\n")]
    [InlineData("P5 1 1 70000\n1")]
    public void Broken_anymaps_are_refused(string file) =>
        Assert.Throws<InvalidDataException>(() => ImageDecoder.Decode(System.Text.Encoding.ASCII.GetBytes(file)));

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
        using GoldenCase golden = Golden.Open("images/decode");
        byte[] deep = File.ReadAllBytes(Path.Combine(golden.Folder, "grey16.png"));
        Assert.Throws<InvalidDataException>(() => ImageDecoder.Decode(deep.AsMemory(0, deep.Length / 2), deepGrey: DeepGrey.Clipped));
    }
}
