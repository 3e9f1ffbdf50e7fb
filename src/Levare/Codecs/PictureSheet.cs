using Levare.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Codecs;

/// <summary>Many small pictures as one, row by row.</summary>
public static class PictureSheet
{
    private const int Gap = 2;
    private const byte Paper = 255;

    /// <summary>A sheet of states.</summary>
    /// <param name="states">[count, 1 or 3, height, width], around -1..1.</param>
    /// <param name="columns">Pictures a row.</param>
    /// <param name="scale">Each pixel becomes a square of this side.</param>
    public static RawImage Of(Tensor states, int columns, int scale = 1)
    {
        using DisposeScope scope = NewDisposeScope();
        return Of([.. Enumerable.Range(0, (int)states.shape[0]).Select(i => PixelCodec.Decode(states[i]))], columns, scale);
    }

    /// <summary>A sheet of pictures of one size.</summary>
    /// <exception cref="ArgumentException">There are none, or they differ in size.</exception>
    public static RawImage Of(IReadOnlyList<RawImage> pictures, int columns, int scale = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        if (pictures.Count == 0) throw new ArgumentException("A sheet needs a picture.", nameof(pictures));
        (int width, int height, int channels) = (pictures[0].Width, pictures[0].Height, pictures[0].Channels);
        if (pictures.Any(picture => (picture.Width, picture.Height, picture.Channels) != (width, height, channels)))
            throw new ArgumentException("The pictures of a sheet have one size and one number of channels.", nameof(pictures));
        int rows = (pictures.Count + columns - 1) / columns, stepX = width * scale + Gap, stepY = height * scale + Gap;
        int sheetWidth = columns * stepX + Gap, sheetHeight = rows * stepY + Gap;
        byte[] sheet = new byte[sheetWidth * sheetHeight * channels];
        Array.Fill(sheet, Paper);
        for (int i = 0; i < pictures.Count; i++)
            Draw(pictures[i], sheet, sheetWidth, Gap + i % columns * stepX, Gap + i / columns * stepY, scale);
        return new(sheetWidth, sheetHeight, channels, sheet);
    }

    private static void Draw(RawImage picture, byte[] sheet, int sheetWidth, int left, int top, int scale)
    {
        int channels = picture.Channels;
        for (int y = 0; y < picture.Height * scale; y++)
            for (int x = 0; x < picture.Width * scale; x++)
                picture.Bytes.AsSpan((y / scale * picture.Width + x / scale) * channels, channels).CopyTo(sheet.AsSpan(((top + y) * sheetWidth + left + x) * channels));
    }
}
