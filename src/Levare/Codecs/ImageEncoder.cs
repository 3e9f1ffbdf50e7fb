using System.Runtime.InteropServices;
using Levare.Data;
using SkiaSharp;

namespace Levare.Codecs;

/// <summary>The file formats that pictures are written in.</summary>
public enum ImageFormat
{
    /// <summary>PNG: without loss, and the only one that carries text.</summary>
    Png,

    /// <summary>WebP without loss.</summary>
    WebP,

    /// <summary>JPEG, quality 95.</summary>
    Jpeg,
}

/// <summary>Encodes pictures. Thread-safe; the same picture always gives the same bytes.</summary>
public static class ImageEncoder
{
    /// <summary>The format that a file name's ending stands for.</summary>
    /// <exception cref="NotSupportedException">It stands for none of them.</exception>
    public static ImageFormat FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".png" => ImageFormat.Png,
        ".webp" => ImageFormat.WebP,
        ".jpg" or ".jpeg" => ImageFormat.Jpeg,
        string other => throw new NotSupportedException($"{path}: pictures are written as .png, .webp or .jpg, not '{other}'."),
    };

    /// <summary>The bytes of a picture's file.</summary>
    public static byte[] Encode(RawImage image, ImageFormat format = ImageFormat.Png)
    {
        using SKBitmap bitmap = ToBitmap(image);
        using SKPixmap pixels = bitmap.PeekPixels();
        using SKData? data = format switch
        {
            ImageFormat.Png => pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, 6)),
            ImageFormat.WebP => pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 75)),
            ImageFormat.Jpeg => pixels.Encode(new SKJpegEncoderOptions(95)),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "No such format."),
        };
        return data?.ToArray() ?? throw new InvalidOperationException($"A picture of {image.Width}x{image.Height} cannot be written as {format}.");
    }

    private static SKBitmap ToBitmap(RawImage image)
    {
        SKColorType colour = image.Channels switch { 1 => SKColorType.Gray8, 3 => SKColorType.Rgb888x, _ => SKColorType.Rgba8888 };
        SKBitmap bitmap = new(new SKImageInfo(image.Width, image.Height, colour, image.Channels == 4 ? SKAlphaType.Unpremul : SKAlphaType.Opaque));
        int stored = bitmap.BytesPerPixel;
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> from = image.Bytes.AsSpan(y * image.Width * image.Channels, image.Width * image.Channels);
            byte[] row = new byte[bitmap.RowBytes];
            for (int x = 0; x < image.Width; x++)
                from.Slice(x * image.Channels, image.Channels).CopyTo(row.AsSpan(x * stored));
            Marshal.Copy(row, 0, bitmap.GetPixels() + (nint)y * bitmap.RowBytes, row.Length);
        }
        return bitmap;
    }
}
