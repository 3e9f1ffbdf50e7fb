namespace Levare.Data;

/// <summary>What becomes of the aspect when a picture is brought to a size.</summary>
internal enum ResizeMode
{
    /// <summary>Both sides are brought to the size, whatever that does to the aspect.</summary>
    Stretch,

    /// <summary>The whole picture is fitted in, and what is left free is filled with its outermost rows or columns.</summary>
    Fill,

    /// <summary>The size is covered, and what stands out on both sides is cut off.</summary>
    Crop,
}

/// <summary>Pictures brought to a size as diffusers' image processors bring them there.</summary>
internal static class PictureResizing
{
    // Of a picture that covers the size, before what stands out is cut off: a line of pixels could cover any memory.
    private const long MostPixels = 1L << 28;

    /// <summary>A picture of 1 or 3 channels in a size.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="width">Columns of the result.</param>
    /// <param name="height">Rows of the result.</param>
    /// <param name="mode">What becomes of the aspect.</param>
    /// <param name="filter">The kernel.</param>
    /// <param name="reducingGap">See <see cref="Resampling.Resize(RawImage, int, int, ResampleFilter, PixelBox?, double?)"/>; counts where the picture is stretched.</param>
    /// <exception cref="ArgumentException">The picture is too long and narrow to cover the size.</exception>
    public static RawImage To(RawImage image, int width, int height, ResizeMode mode, ResampleFilter filter = ResampleFilter.Lanczos, double? reducingGap = null)
    {
        if (mode == ResizeMode.Stretch) return Resampling.Resize(image, width, height, filter, reducingGap: reducingGap);
        double aspect = (double)width / height, own = (double)image.Width / image.Height;
        bool takesWidth = mode == ResizeMode.Fill ? aspect < own : aspect > own;
        bool takesHeight = mode == ResizeMode.Fill ? aspect >= own : aspect <= own;
        long innerWidth = takesWidth ? width : (long)image.Width * height / image.Height, innerHeight = takesHeight ? height : (long)image.Height * width / image.Width;
        if (innerWidth * innerHeight > MostPixels)
            throw new ArgumentException($"A picture of {image.Width}x{image.Height} cannot be brought to {width}x{height}: on the way it would have {innerWidth * innerHeight} pixels.", nameof(image));
        RawImage inner = Resampling.Resize(image, (int)Math.Max(1, innerWidth), (int)Math.Max(1, innerHeight), filter);
        int left = width / 2 - inner.Width / 2, top = height / 2 - inner.Height / 2;
        RawImage canvas = new RawImage(width, height, image.Channels, new byte[width * height * image.Channels]).With(inner, left, top);
        if (mode == ResizeMode.Crop || aspect == own) return canvas;
        return aspect < own ? FillRows(canvas, inner, top) : FillColumns(canvas, inner, left);
    }

    // A strip is what a bicubic kernel makes of an empty box at the border, as Pillow does: nearly the outermost row.
    private static RawImage FillRows(RawImage canvas, RawImage inner, int count)
    {
        if (count == 0) return canvas;
        RawImage Strip(double at) => Resampling.Resize(inner, canvas.Width, count, ResampleFilter.Bicubic, new PixelBox(0, at, inner.Width, at));
        return canvas.With(Strip(0), 0, 0).With(Strip(inner.Height), 0, count + inner.Height);
    }

    private static RawImage FillColumns(RawImage canvas, RawImage inner, int count)
    {
        if (count == 0) return canvas;
        RawImage Strip(double at) => Resampling.Resize(inner, count, canvas.Height, ResampleFilter.Bicubic, new PixelBox(at, 0, at, inner.Height));
        return canvas.With(Strip(0), 0, 0).With(Strip(inner.Width), count + inner.Width, 0);
    }
}
