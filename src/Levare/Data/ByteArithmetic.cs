namespace Levare.Data;

/// <summary>Arithmetic of bytes that stand for 0..1, rounded as Pillow rounds it.</summary>
internal static class ByteArithmetic
{
    private const int ExtraBits = 7;

    /// <summary>A product of two such bytes, divided by 255.</summary>
    public static byte Over255(int product) => (byte)Shifted(product + 128);

    /// <summary>One byte over another.</summary>
    /// <param name="top">The upper one.</param>
    /// <param name="bottom">The lower one, opaque.</param>
    /// <param name="alpha">How much of the upper one shows, 0..255.</param>
    public static byte Blend(int top, int bottom, int alpha) =>
        (byte)(Shifted((top * alpha + bottom * (255 - alpha) + 128) << ExtraBits) >> ExtraBits);

    // x / 255, for x that holds half of 255 in its favour already.
    private static int Shifted(int x) => ((x >> 8) + x) >> 8;
}
