using System.Buffers.Binary;

namespace Levare.Weights;

/// <summary>Blocks of 256 values: runs of 16 or 32 have scales of a few bits, and these one or two scales in half precision, as ggml lays them out.</summary>
/// <remarks>Each product and sum is rounded to float32 by itself, in ggml's order, so that values are equal to the last bit.</remarks>
internal static class GgufSuperBlocks
{
    /// <summary>Values of a block.</summary>
    public const int Values = 256;

    private const int Run = 32;

    // Numbers of 2 bits: 16 scales and minima of 4 bits, the numbers, a scale for each of both.
    public static void Q2_K(ReadOnlySpan<byte> block, Span<float> values)
    {
        ReadOnlySpan<byte> scales = block[..16], numbers = block[16..80];
        float scale = GgufBlocks.Number(block, 80), least = GgufBlocks.Number(block, 82);
        for (int i = 0; i < Values; i++)
        {
            byte packed = scales[i / 16];
            values[i] = scale * (packed & 15) * (numbers[Place(i)] >> Shift(i) & 3) - least * (packed >> 4);
        }
    }

    // Numbers of 3 bits, the third apart: 16 signed scales of 6 bits.
    public static void Q3_K(ReadOnlySpan<byte> block, Span<float> values)
    {
        ReadOnlySpan<byte> high = block[..32], numbers = block[32..96], scales = block[96..108];
        float scale = GgufBlocks.Number(block, 108);
        for (int i = 0; i < Values; i++)
        {
            int run = i / 16;
            int fine = (scales[run % 8] >> 4 * (run / 8) & 15 | (scales[8 + run % 4] >> 2 * (run / 4) & 3) << 4) - 32;
            int number = (numbers[Place(i)] >> Shift(i) & 3) - ((high[i % Run] >> i / Run & 1) == 0 ? 4 : 0);
            values[i] = scale * fine * number;
        }
    }

    // Numbers of 4 bits: 8 scales and 8 minima of 6 bits.
    public static void Q4_K(ReadOnlySpan<byte> block, Span<float> values)
    {
        ReadOnlySpan<byte> numbers = block[16..144];
        for (int run = 0; run < Values / Run; run++)
        {
            (float scale, float least) = Scale(block, run);
            for (int i = 0; i < Run; i++)
                values[run * Run + i] = scale * (numbers[run / 2 * Run + i] >> 4 * (run % 2) & 15) - least;
        }
    }

    // Numbers of 5 bits, the fifth apart: scales and minima as for 4 bits.
    public static void Q5_K(ReadOnlySpan<byte> block, Span<float> values)
    {
        ReadOnlySpan<byte> high = block[16..48], numbers = block[48..176];
        for (int run = 0; run < Values / Run; run++)
        {
            (float scale, float least) = Scale(block, run);
            for (int i = 0; i < Run; i++)
                values[run * Run + i] = scale * (numbers[run / 2 * Run + i] >> 4 * (run % 2) & 15 | (high[i] >> run & 1) << 4) - least;
        }
    }

    // Numbers of 6 bits, the upper two apart: 16 signed scales of 8 bits.
    public static void Q6_K(ReadOnlySpan<byte> block, Span<float> values)
    {
        ReadOnlySpan<byte> low = block[..128], high = block[128..192], scales = block[192..208];
        float scale = GgufBlocks.Number(block, 208);
        for (int i = 0; i < Values; i++)
        {
            int half = i / 128, run = i % 128 / Run, place = i % Run;
            int number = low[half * 64 + run % 2 * Run + place] >> 4 * (run / 2) & 15 | (high[half * Run + place] >> 2 * run & 3) << 4;
            values[i] = scale * (sbyte)scales[i / 16] * (number - 32);
        }
    }

    // Numbers of 4 bits that stand for uneven levels: 8 signed scales of 6 bits.
    public static void IQ4_XS(ReadOnlySpan<byte> block, Span<float> values)
    {
        const int half = Run / 2;
        float scale = GgufBlocks.Number(block, 0);
        int high = BinaryPrimitives.ReadUInt16LittleEndian(block[2..]);
        ReadOnlySpan<byte> low = block[4..8], numbers = block[8..136];
        for (int run = 0; run < Values / Run; run++)
        {
            float fine = scale * ((low[run / 2] >> 4 * (run % 2) & 15 | (high >> 2 * run & 3) << 4) - 32);
            for (int i = 0; i < half; i++)
            {
                byte pair = numbers[run * half + i];
                values[run * Run + i] = fine * GgufBlocks.Levels[pair & 15];
                values[run * Run + half + i] = fine * GgufBlocks.Levels[pair >> 4];
            }
        }
    }

    // Two bits a number: each half of a block has 32 bytes, and each byte numbers of four runs.
    private static int Place(int i) => i / 128 * Run + i % Run;

    private static int Shift(int i) => i % 128 / Run * 2;

    // Two numbers in half precision, and twelve bytes with eight scales and eight minima: the last four have their upper bits in the first four's.
    private static (float Scale, float Least) Scale(ReadOnlySpan<byte> block, int run)
    {
        ReadOnlySpan<byte> packed = block[4..16];
        int scale = run < 4 ? packed[run] & 63 : packed[run + 4] & 15 | packed[run - 4] >> 6 << 4;
        int least = run < 4 ? packed[run + 4] & 63 : packed[run + 4] >> 4 | packed[run] >> 6 << 4;
        return (GgufBlocks.Number(block, 0) * scale, GgufBlocks.Number(block, 2) * least);
    }
}
