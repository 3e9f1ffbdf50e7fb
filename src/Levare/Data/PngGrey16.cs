using System.Buffers.Binary;
using System.IO.Compression;

namespace Levare.Data;

/// <summary>Grey PNG files of 16 bits, of which Skia keeps the upper 8 alone.</summary>
internal static class PngGrey16
{
    private const int SignatureLength = 8, HeaderLength = 13;

    // Adam7: where each pass begins and how far its pixels lie apart. One pass of all where nothing is interlaced.
    private static readonly (int X, int Y, int StepX, int StepY)[] Interlaced =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)], Whole = [(0, 0, 1, 1)];

    /// <summary>Whether bytes are such a file, by its header.</summary>
    public static bool Is(ReadOnlySpan<byte> png) =>
        png.Length > SignatureLength + 8 + HeaderLength && png[0] == 0x89 && png.Slice(1, 3).SequenceEqual("PNG"u8)
        && png.Slice(12, 4).SequenceEqual("IHDR"u8) && png[24] == 16 && png[25] == 0;

    /// <summary>The values, [height, width] of 0..65535.</summary>
    /// <exception cref="InvalidDataException">The file is cut off or broken, or too large.</exception>
    public static (int Width, int Height, ushort[] Values) Decode(ReadOnlyMemory<byte> png, long pixelLimit)
    {
        ReadOnlySpan<byte> header = png.Span.Slice(SignatureLength + 8, HeaderLength);
        uint width = BinaryPrimitives.ReadUInt32BigEndian(header), height = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        if (width < 1 || height < 1 || width > int.MaxValue || height > int.MaxValue || (long)width * height > pixelLimit)
            throw new InvalidDataException($"it is {width}x{height}; at most {pixelLimit} pixels are decoded");
        ushort[] values = new ushort[width * height];
        using ZLibStream pixels = new(new MemoryStream(Compressed(png.Span)), CompressionMode.Decompress);
        foreach ((int x, int y, int stepX, int stepY) in header[12] == 1 ? Interlaced : Whole)
            if (x < width && y < height) Pass(pixels, values, (int)width, (int)height, x, y, stepX, stepY);
        return ((int)width, (int)height, values);
    }

    private static void Pass(Stream pixels, ushort[] values, int width, int height, int x, int y, int stepX, int stepY)
    {
        int columns = (width - x + stepX - 1) / stepX;
        byte[] above = new byte[2 * columns], line = new byte[2 * columns];
        for (int row = y; row < height; row += stepY)
        {
            int filter = pixels.ReadByte();
            pixels.ReadExactlyOrThrow(line);
            Unfilter(filter, line, above);
            for (int i = 0; i < columns; i++) values[row * width + x + i * stepX] = BinaryPrimitives.ReadUInt16BigEndian(line.AsSpan(2 * i));
            (above, line) = (line, above);
        }
    }

    private static void ReadExactlyOrThrow(this Stream stream, byte[] line)
    {
        try
        {
            stream.ReadExactly(line);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("its pixels are cut off", e);
        }
    }

    // The five filters of the PNG specification; a pixel has two bytes.
    private static void Unfilter(int filter, byte[] line, byte[] above)
    {
        for (int i = 0; i < line.Length; i++)
        {
            int left = i < 2 ? 0 : line[i - 2], up = above[i], upLeft = i < 2 ? 0 : above[i - 2];
            line[i] += (byte)(filter switch
            {
                0 => 0,
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                4 => Paeth(left, up, upLeft),
                _ => throw new InvalidDataException($"a line has the filter {filter}, where 0 to 4 are known"),
            });
        }
    }

    private static int Paeth(int left, int up, int upLeft)
    {
        int estimate = left + up - upLeft;
        int toLeft = Math.Abs(estimate - left), toUp = Math.Abs(estimate - up), toUpLeft = Math.Abs(estimate - upLeft);
        return toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft;
    }

    private static byte[] Compressed(ReadOnlySpan<byte> png)
    {
        using MemoryStream data = new();
        ReadOnlySpan<byte> rest = png[SignatureLength..];
        while (rest.Length >= 12)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12) throw new InvalidDataException("it is cut off");
            if (rest.Slice(4, 4).SequenceEqual("IDAT"u8)) data.Write(rest.Slice(8, (int)length));
            rest = rest[(12 + (int)length)..];
        }
        return data.ToArray();
    }
}
