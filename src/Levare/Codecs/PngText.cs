using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Levare.Codecs;

/// <summary>The text chunks of PNG files (PNG specification, third edition, 11.3.3), where pictures carry how they were made.</summary>
public static class PngText
{
    private const int LargestText = 16 << 20;
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];
    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(n => CrcOfByte((uint)n))];

    /// <summary>A PNG with texts added before its pixels: tEXt for ASCII, iTXt (UTF-8) for everything else, as other tools write and read them.</summary>
    /// <param name="png">A whole PNG file.</param>
    /// <param name="texts">Keywords (1 to 79 printable ASCII characters) and texts.</param>
    public static byte[] Insert(ReadOnlySpan<byte> png, IEnumerable<KeyValuePair<string, string>> texts)
    {
        int afterHeader = Signature.Length + 12 + 13;
        if (png.Length < afterHeader || !png.StartsWith(Signature)) throw new InvalidDataException("These bytes are not a PNG file.");
        using MemoryStream result = new();
        result.Write(png[..afterHeader]);
        foreach ((string keyword, string text) in texts) WriteText(result, keyword, text);
        result.Write(png[afterHeader..]);
        return result.ToArray();
    }

    /// <summary>The texts of a PNG file by keyword; of equal keywords the first counts. Damaged or oversized texts are left out.</summary>
    /// <exception cref="InvalidDataException">It is not a PNG file, or ends early.</exception>
    public static IReadOnlyDictionary<string, string> Read(Stream png)
    {
        byte[] start = new byte[8];
        if (png.ReadAtLeast(start, 8, throwOnEndOfStream: false) < 8 || !start.AsSpan().SequenceEqual(Signature))
            throw new InvalidDataException("it is not a PNG file");
        Dictionary<string, string> texts = new(StringComparer.Ordinal);
        byte[] head = new byte[8];
        while (png.ReadAtLeast(head, 8, throwOnEndOfStream: false) == 8)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(head);
            string type = Encoding.ASCII.GetString(head, 4, 4);
            if (type == "IEND") return texts;
            if (length > int.MaxValue || length > png.Length - png.Position - 4) throw new InvalidDataException($"its chunk '{type}' is cut off");
            if (type is "tEXt" or "zTXt" or "iTXt" && length <= LargestText)
            {
                byte[] body = new byte[length];
                png.ReadExactly(body);
                if (Parse(type, body) is { } text) texts.TryAdd(text.Keyword, text.Text);
            }
            else
                png.Seek(length, SeekOrigin.Current);
            png.Seek(4, SeekOrigin.Current);
        }
        throw new InvalidDataException("it ends before its last chunk");
    }

    private static void WriteText(Stream png, string keyword, string text)
    {
        if (keyword.Length is < 1 or > 79 || keyword.Any(c => c is < ' ' or > '~'))
            throw new ArgumentException($"'{keyword}' is no PNG keyword: 1 to 79 printable ASCII characters.", nameof(keyword));
        bool plain = text.All(c => c is '\n' or (>= ' ' and <= '~'));
        byte[] key = Encoding.ASCII.GetBytes(keyword);
        // iTXt: keyword, 0, not compressed, method 0, no language, no translated keyword.
        byte[] body = plain ? [.. key, 0, .. Encoding.ASCII.GetBytes(text)] : [.. key, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(text)];
        byte[] typed = [.. Encoding.ASCII.GetBytes(plain ? "tEXt" : "iTXt"), .. body];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, body.Length);
        png.Write(number);
        png.Write(typed);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(typed));
        png.Write(number);
    }

    private static (string Keyword, string Text)? Parse(string type, byte[] body)
    {
        int end = Array.IndexOf(body, (byte)0);
        if (end < 1) return null;
        string keyword = Encoding.Latin1.GetString(body, 0, end);
        ReadOnlySpan<byte> rest = body.AsSpan(end + 1);
        try
        {
            switch (type)
            {
                case "tEXt":
                    return (keyword, Encoding.Latin1.GetString(rest));
                case "zTXt":
                    return rest.Length > 1 ? (keyword, Encoding.Latin1.GetString(Inflate(rest[1..]))) : null;
                default:
                    if (rest.Length < 4) return null;
                    bool compressed = rest[0] == 1;
                    rest = rest[2..];
                    for (int skipped = 0; skipped < 2; skipped++)
                    {
                        int zero = rest.IndexOf((byte)0);
                        if (zero < 0) return null;
                        rest = rest[(zero + 1)..];
                    }
                    return (keyword, Encoding.UTF8.GetString(compressed ? Inflate(rest) : rest));
            }
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static byte[] Inflate(ReadOnlySpan<byte> packed)
    {
        using MemoryStream source = new(packed.ToArray());
        using ZLibStream unpacked = new(source, CompressionMode.Decompress);
        byte[] text = new byte[LargestText + 1];
        int length = unpacked.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        return length <= LargestText ? text[..length] : throw new InvalidDataException("the text is too long");
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes) crc = CrcTable[(crc ^ value) & 0xFF] ^ (crc >> 8);
        return ~crc;
    }

    private static uint CrcOfByte(uint value)
    {
        for (int bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
        return value;
    }
}
