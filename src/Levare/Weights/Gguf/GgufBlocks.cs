using System.Buffers.Binary;

namespace Levare.Weights;

/// <summary>Blocks of 32 values with one scale, as ggml lays them out: the first half's numbers are in the low nibbles, the second half's in the high ones.</summary>
/// <remarks>Each product and sum is rounded to float32 by itself, in ggml's order, so that values are equal to the last bit.</remarks>
internal static class GgufBlocks
{
    /// <summary>Values of a block.</summary>
    public const int Values = 32;

    private const int Half = Values / 2;

    /// <summary>The levels of the non-linear types.</summary>
    public static ReadOnlySpan<sbyte> Levels => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    public static void Q4_0(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = Number(block, 0);
        ReadOnlySpan<byte> nibbles = block[2..];
        for (int i = 0; i < Half; i++)
        {
            values[i] = scale * ((nibbles[i] & 15) - 8);
            values[i + Half] = scale * ((nibbles[i] >> 4) - 8);
        }
    }

    public static void Q4_1(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = Number(block, 0), least = Number(block, 2);
        ReadOnlySpan<byte> nibbles = block[4..];
        for (int i = 0; i < Half; i++)
        {
            values[i] = scale * (nibbles[i] & 15) + least;
            values[i + Half] = scale * (nibbles[i] >> 4) + least;
        }
    }

    public static void Q5_0(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = Number(block, 0);
        uint high = BinaryPrimitives.ReadUInt32LittleEndian(block[2..]);
        ReadOnlySpan<byte> nibbles = block[6..];
        for (int i = 0; i < Half; i++)
        {
            values[i] = scale * ((nibbles[i] & 15 | Fifth(high, i)) - 16);
            values[i + Half] = scale * ((nibbles[i] >> 4 | Fifth(high, i + Half)) - 16);
        }
    }

    public static void Q5_1(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = Number(block, 0), least = Number(block, 2);
        uint high = BinaryPrimitives.ReadUInt32LittleEndian(block[4..]);
        ReadOnlySpan<byte> nibbles = block[8..];
        for (int i = 0; i < Half; i++)
        {
            values[i] = scale * (nibbles[i] & 15 | Fifth(high, i)) + least;
            values[i + Half] = scale * (nibbles[i] >> 4 | Fifth(high, i + Half)) + least;
        }
    }

    public static void Q8_0(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = Number(block, 0);
        for (int i = 0; i < Values; i++) values[i] = scale * (sbyte)block[2 + i];
    }

    public static void IQ4_NL(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = Number(block, 0);
        ReadOnlySpan<byte> nibbles = block[2..];
        for (int i = 0; i < Half; i++)
        {
            values[i] = scale * Levels[nibbles[i] & 15];
            values[i + Half] = scale * Levels[nibbles[i] >> 4];
        }
    }

    /// <summary>A number of half precision.</summary>
    public static float Number(ReadOnlySpan<byte> block, int at) => (float)BinaryPrimitives.ReadHalfLittleEndian(block[at..]);

    private static int Fifth(uint high, int i) => (int)(high >> i & 1) << 4;
}
