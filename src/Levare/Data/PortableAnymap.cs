namespace Levare.Data;

/// <summary>Binary PGM (P5) and PPM (P6) files, which Skia does not read.</summary>
internal static class PortableAnymap
{
    private const int LongestNumber = 9;

    /// <summary>Whether bytes begin as such a file does.</summary>
    public static bool Is(ReadOnlySpan<byte> bytes) => bytes.Length > 3 && bytes[0] == (byte)'P' && bytes[1] is (byte)'5' or (byte)'6' && IsBlank(bytes[2]);

    /// <summary>Decodes a file; values are scaled to 0..255 and rounded.</summary>
    /// <exception cref="InvalidDataException">It is cut off or broken, or too large.</exception>
    public static RawImage Decode(ReadOnlySpan<byte> bytes, long pixelLimit)
    {
        int channels = bytes[1] == (byte)'6' ? 3 : 1, at = 2;
        int width = Number(bytes, ref at), height = Number(bytes, ref at), largest = Number(bytes, ref at);
        if (width < 1 || height < 1 || (long)width * height > pixelLimit)
            throw new InvalidDataException($"it is {width}x{height}; at most {pixelLimit} pixels are decoded");
        if (largest is < 1 or > 65535) throw new InvalidDataException($"its largest value is {largest}, not 1 to 65535");
        int size = largest > 255 ? 2 : 1;
        // A single blank ends the header.
        ReadOnlySpan<byte> values = bytes[Math.Min(at + 1, bytes.Length)..];
        long count = (long)width * height * channels;
        if (values.Length < count * size) throw new InvalidDataException($"it has {values.Length} bytes of pixels, where {count * size} are expected");
        byte[] result = new byte[count];
        for (int i = 0; i < result.Length; i++)
        {
            int value = size == 1 ? values[i] : values[2 * i] << 8 | values[2 * i + 1];
            result[i] = (byte)Math.Min(255, Math.Round((double)value / largest * 255));
        }
        return new(width, height, channels, result);
    }

    // Blanks and comments, then digits.
    private static int Number(ReadOnlySpan<byte> bytes, ref int at)
    {
        while (at < bytes.Length && (IsBlank(bytes[at]) || bytes[at] == (byte)'#'))
        {
            bool isComment = bytes[at] == (byte)'#';
            at++;
            while (isComment && at < bytes.Length && bytes[at] != (byte)'\n') at++;
        }
        int start = at, value = 0;
        for (; at < bytes.Length && at - start < LongestNumber && char.IsAsciiDigit((char)bytes[at]); at++) value = value * 10 + bytes[at] - '0';
        return at > start ? value : throw new InvalidDataException("its header is broken");
    }

    private static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';
}
