namespace Levare.Data;

/// <summary>How a picture of another size or aspect is brought to the wanted square.</summary>
public enum ImageFit
{
    /// <summary>The shorter side is brought to the size and the middle of the longer one is cut out.</summary>
    Crop,

    /// <summary>Kept as it is in the middle of a black square where it is smaller; made smaller, with black bars, where it is not.</summary>
    Pad,

    /// <summary>Both sides are brought to the size, whatever that does to the aspect.</summary>
    Stretch,
}

/// <summary>The square that all pictures of a prepared set are brought to.</summary>
/// <param name="Size">Pixels a side.</param>
/// <param name="Channels">1 (grey) or 3 (RGB).</param>
/// <param name="Fit">What happens to other sizes.</param>
/// <param name="Background">The grey value behind transparent pictures, 0..255.</param>
public sealed record ImageShape(int Size, int Channels = 3, ImageFit Fit = ImageFit.Crop, byte Background = 255)
{
    /// <summary>The bytes of one picture.</summary>
    public int Length => Size * Size * Channels;

    /// <summary>A picture in this shape, plane by plane: [channels, size, size].</summary>
    public byte[] Apply(RawImage image)
    {
        RawImage fitted = Fitted(image.Flatten(Background).ToChannels(Channels));
        int left = (fitted.Width - Size) / 2, top = (fitted.Height - Size) / 2;
        byte[] planes = new byte[Length];
        for (int y = Math.Max(0, -top); y < Math.Min(Size, fitted.Height - top); y++)
            for (int x = Math.Max(0, -left); x < Math.Min(Size, fitted.Width - left); x++)
                for (int c = 0; c < Channels; c++)
                    planes[(c * Size + y) * Size + x] = fitted.Bytes[((y + top) * fitted.Width + x + left) * Channels + c];
        return planes;
    }

    private RawImage Fitted(RawImage image)
    {
        int shorter = Math.Min(image.Width, image.Height), longer = Math.Max(image.Width, image.Height);
        (int width, int height) = Fit switch
        {
            ImageFit.Stretch => (Size, Size),
            ImageFit.Pad when longer <= Size => (image.Width, image.Height),
            ImageFit.Pad => (Scaled(image.Width, longer), Scaled(image.Height, longer)),
            _ => (Scaled(image.Width, shorter), Scaled(image.Height, shorter)),
        };
        return Resampling.Resize(image, width, height, ResampleFilter.Lanczos);
    }

    private int Scaled(int side, int reference) => Math.Max(1, (int)Math.Round((double)side * Size / reference));
}
