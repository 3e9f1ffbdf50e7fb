using Levare.Runtime;
using SkiaSharp;

namespace Levare.Data;

/// <summary>What becomes of grey pictures of 16 bits.</summary>
public enum DeepGrey
{
    /// <summary>The upper 8 bits are kept: the picture looks as it should.</summary>
    Scaled,

    /// <summary>Values above 255 become 255, as Python's pipelines have it (Pillow's <c>convert</c>): the same results from the same file.</summary>
    Clipped,
}

/// <summary>Decodes PNG, JPEG, WebP, GIF, BMP, PGM and PPM files (the first frame of animations), turned upright as their EXIF orientation says.</summary>
/// <remarks>Files are hostile: the size that a header claims is checked before memory is taken. Thread-safe.</remarks>
public static class ImageDecoder
{
    /// <summary>The file name endings that <see cref="ImageFolder"/> takes for pictures.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".pgm", ".ppm"];

    /// <summary>The most pixels that are decoded unless told otherwise: 64 million, 256 MB.</summary>
    public const long DefaultPixelLimit = 64_000_000;

    private const long LargestFile = 1_000_000_000;

    /// <summary>Reads a picture's file, and notes its name.</summary>
    /// <inheritdoc cref="Decode"/>
    /// <param name="path">The file.</param>
    /// <param name="pixelLimit">The largest width * height that is accepted.</param>
    /// <param name="deepGrey">What becomes of grey PNG files of 16 bits.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no picture of a known format, is cut off or broken, or is too large; the message names it.</exception>
    public static RawImage Load(string path, long pixelLimit = DefaultPixelLimit, DeepGrey deepGrey = DeepGrey.Scaled)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"there is no picture {path}.", path);
        if (FileSize.Of(path) > LargestFile) throw new InvalidDataException($"{path} is no picture that can be read: files of at most {LargestFile / 1_000_000} MB are.");
        try
        {
            RawImage image = Decode(File.ReadAllBytes(path), pixelLimit, deepGrey);
            return new(image.Width, image.Height, image.Channels, image.Bytes) { Source = path };
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path} is no picture that can be read: {e.Message}.", e);
        }
    }

    /// <summary>Decodes one picture to RGB, or to RGB and straight alpha where it has any.</summary>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="pixelLimit">The largest width * height that is accepted.</param>
    /// <param name="deepGrey">What becomes of grey PNG files of 16 bits.</param>
    /// <exception cref="InvalidDataException">It is no picture of a known format, is cut off or broken, or is too large.</exception>
    public static RawImage Decode(ReadOnlyMemory<byte> encoded, long pixelLimit = DefaultPixelLimit, DeepGrey deepGrey = DeepGrey.Scaled)
    {
        if (PortableAnymap.Is(encoded.Span)) return PortableAnymap.Decode(encoded.Span, pixelLimit).ToChannels(3);
        if (deepGrey == DeepGrey.Clipped && PngGrey16.Is(encoded.Span)) return Clipped(encoded, pixelLimit);
        using SKData data = SKData.CreateCopy(encoded.Span);
        using SKCodec? codec = SKCodec.Create(data);
        if (codec is null) throw new InvalidDataException("it is no PNG, JPEG, WebP, GIF, BMP, PGM or PPM, or its header is broken");
        SKImageInfo info = codec.Info;
        if (info.Width < 1 || info.Height < 1 || (long)info.Width * info.Height > pixelLimit)
            throw new InvalidDataException($"it is {info.Width}x{info.Height}; at most {pixelLimit} pixels are decoded");
        using SKBitmap bitmap = new(new SKImageInfo(info.Width, info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        SKCodecResult result = codec.GetPixels(bitmap.Info, bitmap.GetPixels());
        if (result != SKCodecResult.Success) throw new InvalidDataException($"its pixels cannot be decoded ({result})");
        byte[] bytes = bitmap.GetPixelSpan().ToArray();
        RawImage image = new(info.Width, info.Height, 4, bytes);
        if (info.AlphaType == SKAlphaType.Opaque) image = image.ToChannels(3);
        return Upright(image, codec.EncodedFormat == SKEncodedImageFormat.Png ? PngOrientation.Of(encoded.Span) : codec.EncodedOrigin);
    }

    private static RawImage Clipped(ReadOnlyMemory<byte> png, long pixelLimit)
    {
        (int width, int height, ushort[] values) = PngGrey16.Decode(png, pixelLimit);
        RawImage grey = new(width, height, 1, [.. values.Select(value => (byte)Math.Min(value, (ushort)255))]);
        return Upright(grey.ToChannels(3), PngOrientation.Of(png.Span));
    }

    private static RawImage Upright(RawImage image, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default) return image;
        // EXIF orientations 5 to 8 exchange rows and columns.
        bool transposed = origin >= SKEncodedOrigin.LeftTop;
        int width = transposed ? image.Height : image.Width, height = transposed ? image.Width : image.Height, channels = image.Channels;
        bool mirrorX = origin is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomRight or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        bool mirrorY = origin is SKEncodedOrigin.BottomRight or SKEncodedOrigin.BottomLeft or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom;
        byte[] upright = new byte[image.Bytes.Length];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                (int fromX, int fromY) = transposed ? (y, x) : (x, y);
                if (mirrorX) fromX = image.Width - 1 - fromX;
                if (mirrorY) fromY = image.Height - 1 - fromY;
                image.Bytes.AsSpan((fromY * image.Width + fromX) * channels, channels).CopyTo(upright.AsSpan((y * width + x) * channels));
            }
        return new(width, height, channels, upright);
    }
}
