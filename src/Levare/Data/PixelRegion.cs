namespace Levare.Data;

/// <summary>A rectangle of whole pixels: from (Left, Top), up to and without (Right, Bottom).</summary>
public readonly record struct PixelRegion(int Left, int Top, int Right, int Bottom)
{
    /// <summary>Columns.</summary>
    public int Width => Right - Left;

    /// <summary>Rows.</summary>
    public int Height => Bottom - Top;
}

/// <summary>A rectangle between pixels, in pixels from the upper left corner.</summary>
public readonly record struct PixelBox(double Left, double Top, double Right, double Bottom)
{
    /// <summary>The box of a whole picture.</summary>
    public static PixelBox Of(RawImage image) => new(0, 0, image.Width, image.Height);
}
