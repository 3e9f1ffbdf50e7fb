using CsCheck;
using Levare.Codecs;
using Levare.Data;
using SkiaSharp;
using Xunit;

namespace Levare.Tests.Codecs;

public sealed class PngTextTests
{
    private static readonly byte[] Png = ImageEncoder.Encode(new RawImage(3, 2, 3, [.. Enumerable.Range(0, 18).Select(i => (byte)(i * 14))]));

    [Fact]
    public void Any_text_comes_back_as_it_was() => Gen.String[0, 200].Sample(text =>
    {
        byte[] png = PngText.Insert(Png, [new("levare", text.Replace('\0', ' '))]);
        // A lone surrogate has no UTF-8; everything else does.
        string expected = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text.Replace('\0', ' ')));
        return PngText.Read(new MemoryStream(png))["levare"] == expected;
    }, iter: 200);

    [Fact]
    public void The_picture_is_untouched_and_other_readers_accept_the_file()
    {
        byte[] png = PngText.Insert(Png, [new("parameters", "a red apple\nSteps: 24"), new("levare", "{\"prompt\":\"Äpfel 🍎\"}")]);
        using SKBitmap before = SKBitmap.Decode(Png), after = SKBitmap.Decode(png);
        Assert.Equal(before.Bytes, after.Bytes);
        Assert.Equal(["IHDR", "tEXt", "iTXt"], Chunks(png).Take(3));
        Assert.Equal("IEND", Chunks(png).Last());
    }

    [Fact]
    public void Compressed_texts_of_other_writers_are_read()
    {
        using MemoryStream packed = new();
        using (System.IO.Compression.ZLibStream zlib = new(packed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write("from elsewhere"u8);
        byte[] png = WithChunk("zTXt", [.. "note\0\0"u8, .. packed.ToArray()]);
        Assert.Equal("from elsewhere", PngText.Read(new MemoryStream(png))["note"]);
    }

    [Fact]
    public void A_file_that_is_cut_off_or_no_picture_is_refused_and_never_crashes()
    {
        byte[] png = PngText.Insert(Png, [new("levare", "text")]);
        Assert.Throws<InvalidDataException>(() => PngText.Read(new MemoryStream([1, 2, 3])));
        for (int length = 0; length < png.Length - 12; length++)
        {
            byte[] part = png[..length];
            Assert.Throws<InvalidDataException>(() => PngText.Read(new MemoryStream(part)));
        }
    }

    [Fact]
    public void A_text_that_unpacks_to_gigabytes_is_left_out()
    {
        using MemoryStream packed = new();
        using (System.IO.Compression.ZLibStream zlib = new(packed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
            for (int i = 0; i < 64; i++) zlib.Write(new byte[1 << 20]);
        byte[] png = WithChunk("zTXt", [.. "bomb\0\0"u8, .. packed.ToArray()]);
        Assert.Empty(PngText.Read(new MemoryStream(png)));
    }

    private static byte[] WithChunk(string type, byte[] body) =>
        [.. Png[..33], .. BigEndian(body.Length), .. System.Text.Encoding.ASCII.GetBytes(type), .. body, 0, 0, 0, 0, .. Png[33..]];

    private static byte[] BigEndian(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    // The types of all chunks; a wrong checksum fails.
    private static IEnumerable<string> Chunks(byte[] png)
    {
        for (int at = 8; at < png.Length;)
        {
            int length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            byte[] typed = png[(at + 4)..(at + 8 + length)];
            Assert.Equal(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at + 8 + length)), ReferenceCrc(typed));
            yield return System.Text.Encoding.ASCII.GetString(typed, 0, 4);
            at += 12 + length;
        }
    }

    // The bit-by-bit definition of CRC-32 (ISO 3309).
    private static uint ReferenceCrc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }
        return ~crc;
    }
}
