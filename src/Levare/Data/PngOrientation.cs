using System.Buffers.Binary;
using SkiaSharp;

namespace Levare.Data;

/// <summary>The EXIF orientation in a PNG's eXIf chunk, which Skia leaves unread.</summary>
internal static class PngOrientation
{
    private const int SignatureLength = 8, EntryLength = 12;
    private const ushort OrientationTag = 0x0112;

    /// <summary>The orientation; top left where there is none or it is damaged.</summary>
    public static SKEncodedOrigin Of(ReadOnlySpan<byte> png)
    {
        ReadOnlySpan<byte> rest = png.Length > SignatureLength ? png[SignatureLength..] : [];
        while (rest.Length >= 12)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12) break;
            if (rest.Slice(4, 4).SequenceEqual("eXIf"u8)) return OfTiff(rest.Slice(8, (int)length));
            rest = rest[(12 + (int)length)..];
        }
        return SKEncodedOrigin.TopLeft;
    }

    // A TIFF header (byte order, 42, offset of the first directory), then a directory: a count, and entries of tag, type, count, value.
    private static SKEncodedOrigin OfTiff(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8) return SKEncodedOrigin.TopLeft;
        bool little = tiff[0] == (byte)'I';
        uint start = little ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (start > tiff.Length - 2) return SKEncodedOrigin.TopLeft;
        ReadOnlySpan<byte> directory = tiff[(int)start..];
        int entries = Short(directory, little);
        for (int i = 0; i < entries && directory.Length >= 2 + (i + 1) * EntryLength; i++)
        {
            ReadOnlySpan<byte> entry = directory.Slice(2 + i * EntryLength, EntryLength);
            int value = Short(entry[8..], little);
            if (Short(entry, little) == OrientationTag && value is >= 1 and <= 8) return (SKEncodedOrigin)value;
        }
        return SKEncodedOrigin.TopLeft;
    }

    private static ushort Short(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
