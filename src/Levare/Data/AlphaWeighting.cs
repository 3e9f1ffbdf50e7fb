namespace Levare.Data;

/// <summary>Colours multiplied by their alpha and divided again, in Pillow's arithmetic.</summary>
internal static class AlphaWeighting
{
    /// <summary>A picture of 4 channels with its colours times alpha / 255, rounded.</summary>
    public static RawImage Apply(RawImage image)
    {
        byte[] bytes = new byte[image.Bytes.Length];
        for (int i = 0; i < bytes.Length; i += 4)
        {
            byte alpha = bytes[i + 3] = image.Bytes[i + 3];
            for (int c = 0; c < 3; c++) bytes[i + c] = ByteArithmetic.Over255(image.Bytes[i + c] * alpha);
        }
        return new(image.Width, image.Height, 4, bytes);
    }

    /// <summary>The inverse, as far as bytes allow.</summary>
    public static RawImage Undo(RawImage image)
    {
        byte[] bytes = new byte[image.Bytes.Length];
        for (int i = 0; i < bytes.Length; i += 4)
        {
            int alpha = bytes[i + 3] = image.Bytes[i + 3];
            for (int c = 0; c < 3; c++)
                bytes[i + c] = alpha is 0 or 255 ? image.Bytes[i + c] : (byte)Math.Min(255, 255 * image.Bytes[i + c] / alpha);
        }
        return new(image.Width, image.Height, 4, bytes);
    }
}
