using Levare.Data;

namespace Levare.Codecs;

/// <summary>Lays what was not to be painted back over a painted picture.</summary>
internal static class InpaintOverlay
{
    /// <summary>The original where the mask is black, the painted picture where it is white, and a blend between.</summary>
    /// <param name="mask">Of the original's size.</param>
    /// <param name="original">The picture before; where it is transparent, the painted one shows.</param>
    /// <param name="painted">The picture after: of the original's size, or of any where there is a region.</param>
    /// <param name="region">The part of the original that was painted; what lies outside is the original's alone.</param>
    /// <returns>An RGB picture of the original's size.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    public static RawImage Apply(RawImage mask, RawImage original, RawImage painted, PixelRegion? region = null)
    {
        (int width, int height) = (original.Width, original.Height);
        if ((mask.Width, mask.Height) != (width, height))
            throw new ArgumentException($"The mask is {mask.Width}x{mask.Height}, where the picture is {width}x{height}.", nameof(mask));
        painted = painted.ToChannels(3);
        if (region is { } part)
            painted = new RawImage(width, height, 3, new byte[width * height * 3])
                .With(PictureResizing.To(painted, part.Width, part.Height, ResizeMode.Crop), part.Left, part.Top);
        if ((painted.Width, painted.Height) != (width, height))
            throw new ArgumentException($"The painted picture is {painted.Width}x{painted.Height}, where the original is {width}x{height}.", nameof(painted));
        return Over(AlphaWeighting.Undo(Kept(original, mask.ToChannels(1))), painted);
    }

    // The original's colours, times its alpha, times what the mask leaves.
    private static RawImage Kept(RawImage original, RawImage mask)
    {
        RawImage colours = original.ToChannels(3);
        byte[] kept = new byte[mask.Bytes.Length * 4];
        for (int i = 0; i < mask.Bytes.Length; i++)
        {
            int share = 255 - mask.Bytes[i], alpha = original.Channels == 4 ? original.Bytes[i * 4 + 3] : 255;
            for (int c = 0; c < 3; c++) kept[i * 4 + c] = ByteArithmetic.Over255(ByteArithmetic.Over255(colours.Bytes[i * 3 + c] * alpha) * share);
            kept[i * 4 + 3] = ByteArithmetic.Over255(alpha * share);
        }
        return new(original.Width, original.Height, 4, kept);
    }

    private static RawImage Over(RawImage top, RawImage bottom)
    {
        byte[] result = new byte[bottom.Bytes.Length];
        for (int i = 0; i < result.Length; i++)
        {
            int alpha = top.Bytes[i / 3 * 4 + 3];
            result[i] = ByteArithmetic.Blend(top.Bytes[i / 3 * 4 + i % 3], bottom.Bytes[i], alpha);
        }
        return new(bottom.Width, bottom.Height, 3, result);
    }
}
