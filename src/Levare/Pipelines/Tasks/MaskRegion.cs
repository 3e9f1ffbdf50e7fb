using Levare.Data;

namespace Levare.Pipelines.Tasks;

/// <summary>The part of a picture round a mask, in the proportions of what is to be made of it.</summary>
/// <param name="Left">The first column.</param>
/// <param name="Top">The first row.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
internal readonly record struct MaskRegion(int Left, int Top, int Width, int Height)
{
    /// <summary>The smallest region round all that a mask does not leave black, with some pixels more, widened to a size's proportions where there is room.</summary>
    /// <exception cref="RequestException">The mask is empty, of another size than the picture, or the padding is negative.</exception>
    public static MaskRegion Of(RawImage image, RawImage mask, ImageSize size, int padding)
    {
        if (padding < 0) throw new RequestException($"the mask's padding is {padding}: 0 or more.");
        if ((image.Width, image.Height) != (mask.Width, mask.Height))
            throw new RequestException($"the mask is {mask.Width}x{mask.Height}, where the picture is {image.Width}x{image.Height}.");
        byte[] grey = SourcePicture.Grey(mask);
        int[] columns = [.. Enumerable.Range(0, mask.Width).Where(x => Enumerable.Range(0, mask.Height).Any(y => grey[y * mask.Width + x] != 0))];
        int[] rows = [.. Enumerable.Range(0, mask.Height).Where(y => grey.AsSpan(y * mask.Width, mask.Width).ContainsAnyExcept((byte)0))];
        if (rows.Length == 0) throw new RequestException("the mask is black everywhere: nothing is to be made anew.");
        (int left, int right) = (Math.Max(columns[0] - padding, 0), Math.Min(columns[^1] + 1 + padding, mask.Width));
        (int top, int bottom) = (Math.Max(rows[0] - padding, 0), Math.Min(rows[^1] + 1 + padding, mask.Height));
        double wanted = (double)size.Width / size.Height;
        if ((double)(right - left) / (bottom - top) > wanted) (top, bottom) = Widened(top, bottom, (right - left) / wanted, mask.Height);
        else (left, right) = Widened(left, right, (bottom - top) * wanted, mask.Width);
        return new(left, top, right - left, bottom - top);
    }

    /// <summary>The region of a picture, brought to a size without changing its proportions: what is missing at two sides continues the edge.</summary>
    public RawImage Cut(RawImage picture, ImageSize size)
    {
        RawImage part = Part(picture.Channels == 4 ? picture.ToChannels(3) : picture);
        bool isNarrow = (double)size.Width / size.Height >= (double)part.Width / part.Height;
        int width = isNarrow ? part.Width * size.Height / part.Height : size.Width, height = isNarrow ? size.Height : part.Height * size.Width / part.Width;
        RawImage resized = Resampling.Resize(part, width, height, ResampleFilter.Lanczos);
        return Framed(resized, size);
    }

    /// <summary>A picture with its masked part from the region's, which may be of any size.</summary>
    public RawImage PasteBack(RawImage picture, RawImage mask, RawImage made)
    {
        RawImage below = picture.ToChannels(3), fitted = Covering(made);
        byte[] grey = SourcePicture.Grey(mask), bytes = [.. below.Bytes];
        for (int y = 0; y < Height; y++)
            for (int x = 0; x < Width; x++)
            {
                int at = (Top + y) * picture.Width + Left + x, share = grey[at];
                for (int c = 0; c < 3; c++)
                    bytes[at * 3 + c] = (byte)((fitted.Bytes[(y * Width + x) * 3 + c] * share + below.Bytes[at * 3 + c] * (255 - share) + 127) / 255);
            }
        return new(picture.Width, picture.Height, 3, bytes);
    }

    // The span grows on both sides, and is moved back where it leaves the picture.
    private static (int First, int End) Widened(int first, int end, double wanted, int limit)
    {
        int more = (int)(wanted - (end - first));
        first -= more / 2;
        end += more - more / 2;
        if (end >= limit) (first, end) = (first - (end - limit), limit);
        if (first < 0) (first, end) = (0, end - first);
        return (first, Math.Min(end, limit));
    }

    private RawImage Part(RawImage picture)
    {
        int channels = picture.Channels;
        byte[] bytes = new byte[Width * Height * channels];
        for (int y = 0; y < Height; y++)
            picture.Bytes.AsSpan(((Top + y) * picture.Width + Left) * channels, Width * channels).CopyTo(bytes.AsSpan(y * Width * channels));
        return new(Width, Height, channels, bytes);
    }

    // In its own proportions, as large as it takes to fill the region; what is too much at two sides falls away.
    private RawImage Covering(RawImage made)
    {
        bool isFlat = (double)Width / Height > (double)made.Width / made.Height;
        int width = isFlat ? Width : made.Width * Height / made.Height, height = isFlat ? made.Height * Width / made.Width : Height;
        RawImage resized = Resampling.Resize(made.ToChannels(3), width, height, ResampleFilter.Lanczos);
        return Framed(resized, new(Width, Height));
    }

    private static RawImage Framed(RawImage picture, ImageSize size)
    {
        if ((picture.Width, picture.Height) == (size.Width, size.Height)) return picture;
        int channels = picture.Channels, left = size.Width / 2 - picture.Width / 2, top = size.Height / 2 - picture.Height / 2;
        byte[] bytes = new byte[size.Width * size.Height * channels];
        for (int y = 0; y < size.Height; y++)
            for (int x = 0; x < size.Width; x++)
                for (int c = 0; c < channels; c++)
                    bytes[(y * size.Width + x) * channels + c] = Continued(picture, x - left, y - top, c);
        return new(size.Width, size.Height, channels, bytes);
    }

    // Pillow's cubic at the very edge weighs the outermost line by 9/8 and takes 1/8 of the one inside of it away.
    private static byte Continued(RawImage picture, int x, int y, int channel)
    {
        if (x < 0) return Edge(At(0, y), At(Math.Min(1, picture.Width - 1), y));
        if (x >= picture.Width) return Edge(At(picture.Width - 1, y), At(Math.Max(picture.Width - 2, 0), y));
        if (y < 0) return Edge(At(x, 0), At(x, Math.Min(1, picture.Height - 1)));
        return y >= picture.Height ? Edge(At(x, picture.Height - 1), At(x, Math.Max(picture.Height - 2, 0))) : (byte)At(x, y);

        int At(int column, int row) => picture.Bytes[(row * picture.Width + column) * picture.Channels + channel];
        static byte Edge(int outer, int inner) => (byte)Math.Clamp((9 * outer - inner + 4) >> 3, 0, 255);
    }
}
