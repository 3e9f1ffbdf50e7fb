namespace Levare.Data;

/// <summary>Separable resampling with antialiasing, to the last bit what Pillow's <c>Image.resize</c> gives for 8-bit pictures.</summary>
/// <remarks>
/// In 22-bit fixed point, rounded and clipped after each pass: along the rows first, unless the height shrinks much more than the width. The
/// kernel widens with the reduction. Colours are weighted with their alpha. Thread-safe.
/// </remarks>
public static class Resampling
{
    // Pillow (from 13 on) resamples the columns first where that spares much of the work along the rows.
    private const double MuchMore = 4.0 / 3;

    /// <summary>A picture in another size.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="width">Columns of the result.</param>
    /// <param name="height">Rows of the result.</param>
    /// <param name="filter">The kernel.</param>
    /// <param name="box">The part that becomes the result; all when null.</param>
    /// <param name="reducingGap">
    /// When given, pictures that become smaller are first averaged in whole blocks, down to this many times the size: faster, and nearly the same from 3 on. At least 1.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, the gap too, or the box lies not within the picture.</exception>
    public static RawImage Resize(RawImage image, int width, int height, ResampleFilter filter, PixelBox? box = null, double? reducingGap = null)
    {
        CheckSize(width, height);
        PixelBox part = Checked(box ?? PixelBox.Of(image), image);
        if ((image.Width, image.Height) == (width, height) && part == PixelBox.Of(image)) return image;
        if (filter == ResampleFilter.Nearest) return Pick(image, width, height, part);
        return image.Channels == 4
            ? AlphaWeighting.Undo(Smooth(AlphaWeighting.Apply(image), width, height, filter, part, reducingGap))
            : Smooth(image, width, height, filter, part, reducingGap);
    }

    /// <summary>A plane of floats in another size, without rounding on the way.</summary>
    /// <param name="values">[height, width].</param>
    /// <param name="width">Columns of the plane.</param>
    /// <param name="newWidth">Columns of the result.</param>
    /// <param name="newHeight">Rows of the result.</param>
    /// <param name="filter">The kernel; not <see cref="ResampleFilter.Nearest"/>.</param>
    /// <exception cref="ArgumentException">The values are no whole rows, or the filter is none.</exception>
    public static float[] Resize(ReadOnlySpan<float> values, int width, int newWidth, int newHeight, ResampleFilter filter)
    {
        CheckSize(newWidth, newHeight);
        if (width < 1 || values.Length == 0 || values.Length % width != 0) throw new ArgumentException($"{values.Length} values are no rows of {width}.", nameof(values));
        if (filter == ResampleFilter.Nearest) throw new ArgumentException("Planes of floats are resampled with a kernel.", nameof(filter));
        int height = values.Length / width;
        ResampleKernel[] columns = ResampleKernel.Line(width, 0, width, newWidth, filter), rows = ResampleKernel.Line(height, 0, height, newHeight, filter);
        if (RowsFirst(newWidth, newHeight, new PixelBox(0, 0, width, height)))
            return newWidth == width ? Rows(values, width, rows) : Columns(Rows(values, width, rows), width, columns);
        ReadOnlySpan<float> wide = newWidth == width ? values : Columns(values, width, columns);
        return newHeight == height ? wide.ToArray() : Rows(wide, newWidth, rows);
    }

    private static float[] Columns(ReadOnlySpan<float> values, int width, ResampleKernel[] kernels)
    {
        float[] result = new float[values.Length / width * kernels.Length];
        for (int i = 0; i < result.Length; i++) result[i] = kernels[i % kernels.Length].Apply(values, i / kernels.Length * width, 1);
        return result;
    }

    private static float[] Rows(ReadOnlySpan<float> values, int width, ResampleKernel[] kernels)
    {
        float[] result = new float[kernels.Length * width];
        for (int i = 0; i < result.Length; i++) result[i] = kernels[i / width].Apply(values, i % width, width);
        return result;
    }

    private static RawImage Smooth(RawImage image, int width, int height, ResampleFilter filter, PixelBox box, double? reducingGap)
    {
        if (reducingGap is { } gap) (image, box) = BlockReduction.Before(image, width, height, filter, box, gap);
        bool isWide = width != image.Width || box.Left != 0 || box.Right != width, isHigh = height != image.Height || box.Top != 0 || box.Bottom != height;
        RawImage Along(RawImage source) => isWide ? Columns(source, ResampleKernel.Line(source.Width, box.Left, box.Right, width, filter)) : source;
        RawImage Across(RawImage source) => isHigh ? Rows(source, ResampleKernel.Line(source.Height, box.Top, box.Bottom, height, filter)) : source;
        return RowsFirst(width, height, box) ? Along(Across(image)) : Across(Along(image));
    }

    private static bool RowsFirst(int width, int height, PixelBox box)
    {
        double reductionX = (box.Right - box.Left) / width, reductionY = (box.Bottom - box.Top) / height;
        return reductionY > 1 && reductionY > MuchMore * reductionX;
    }

    private static RawImage Columns(RawImage image, ResampleKernel[] kernels)
    {
        int channels = image.Channels;
        byte[] result = new byte[kernels.Length * image.Height * channels];
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> row = image.Bytes.AsSpan(y * image.Width * channels, image.Width * channels);
            for (int x = 0; x < kernels.Length; x++)
                for (int c = 0; c < channels; c++)
                    result[(y * kernels.Length + x) * channels + c] = kernels[x].Apply(row, c, channels);
        }
        return new(kernels.Length, image.Height, channels, result);
    }

    private static RawImage Rows(RawImage image, ResampleKernel[] kernels)
    {
        int stride = image.Width * image.Channels;
        byte[] result = new byte[kernels.Length * stride];
        for (int y = 0; y < kernels.Length; y++)
            for (int x = 0; x < stride; x++)
                result[y * stride + x] = kernels[y].Apply(image.Bytes, x, stride);
        return new(image.Width, kernels.Length, image.Channels, result);
    }

    private static RawImage Pick(RawImage image, int width, int height, PixelBox box)
    {
        int[] columns = Places(box.Left, box.Right, width, image.Width), rows = Places(box.Top, box.Bottom, height, image.Height);
        int channels = image.Channels;
        byte[] result = new byte[width * height * channels];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                image.Bytes.AsSpan((rows[y] * image.Width + columns[x]) * channels, channels).CopyTo(result.AsSpan((y * width + x) * channels));
        return new(width, height, channels, result);
    }

    // The places are summed up step by step, rounding included, as Pillow does: at some sizes a product would pick other pixels.
    private static int[] Places(double start, double end, int count, int length)
    {
        double step = (end - start) / count, place = start + step * 0.5;
        int[] places = new int[count];
        for (int i = 0; i < count; i++, place += step) places[i] = Math.Clamp((int)place, 0, length - 1);
        return places;
    }

    private static void CheckSize(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
    }

    private static PixelBox Checked(PixelBox box, RawImage image) =>
        box.Left >= 0 && box.Top >= 0 && box.Right >= box.Left && box.Bottom >= box.Top && box.Right <= image.Width && box.Bottom <= image.Height
            ? box
            : throw new ArgumentOutOfRangeException(nameof(box), box, $"The box does not lie within the picture of {image.Width}x{image.Height}.");
}
