using Levare.Data;

namespace Levare.Codecs;

/// <summary>The part of a picture around what a mask marks, for painting it at a higher resolution.</summary>
internal static class MaskRegion
{
    /// <summary>The smallest region with all that is marked, padded, and grown to the aspect of the size that it will be painted at.</summary>
    /// <remarks>The region stays within the picture, even where that costs it the aspect.</remarks>
    /// <param name="mask">What is not black is marked.</param>
    /// <param name="width">Width to paint at.</param>
    /// <param name="height">Height to paint at.</param>
    /// <param name="padding">Pixels around the marks.</param>
    /// <exception cref="ArgumentException">Nothing is marked.</exception>
    public static PixelRegion Around(RawImage mask, int width, int height, int padding = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        PixelRegion marked = Marked(mask.ToChannels(1));
        int left = Math.Max(marked.Left - padding, 0), top = Math.Max(marked.Top - padding, 0);
        int right = Math.Min(marked.Right + padding, mask.Width), bottom = Math.Min(marked.Bottom + padding, mask.Height);
        double aspect = (double)width / height, own = (double)(right - left) / (bottom - top);
        if (own > aspect) (top, bottom) = Grown(top, bottom, (int)((right - left) / aspect - (bottom - top)), mask.Height);
        else (left, right) = Grown(left, right, (int)((bottom - top) * aspect - (right - left)), mask.Width);
        return new(left, top, right, bottom);
    }

    // Grown on both sides, moved inside, and cut where it is longer than the picture.
    private static (int From, int To) Grown(int from, int to, int extra, int length)
    {
        from -= extra / 2;
        to += extra - extra / 2;
        if (to >= length) (from, to) = (from - (to - length), length);
        if (from < 0) (from, to) = (0, to - from);
        return (from, Math.Min(to, length));
    }

    private static PixelRegion Marked(RawImage mask)
    {
        int left = mask.Width, top = mask.Height, right = 0, bottom = 0;
        for (int y = 0; y < mask.Height; y++)
            for (int x = 0; x < mask.Width; x++)
                if (mask.Bytes[y * mask.Width + x] != 0)
                    (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x + 1), y + 1);
        return right > 0 ? new(left, top, right, bottom) : throw new ArgumentException("The mask is black: it marks nothing to paint.", nameof(mask));
    }
}
