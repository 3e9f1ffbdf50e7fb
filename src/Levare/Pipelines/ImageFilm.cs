using Levare.Codecs;
using Levare.Data;
using Levare.Runtime;

namespace Levare.Pipelines;

/// <summary>The way from noise to picture, as a strip of pictures or an animation.</summary>
public static class ImageFilm
{
    private const int Gap = 2, SmallestFrame = 256;
    private static readonly TimeSpan FrameTime = TimeSpan.FromMilliseconds(100), LastFrameTime = TimeSpan.FromSeconds(2);

    /// <summary>Writes steps: .png is a strip, .webp an animation. Whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="steps">All steps of one picture.</param>
    public static void Save(string path, IReadOnlyList<ImageStep> steps)
    {
        byte[] bytes = Check(path) == ImageFormat.Png ? ImageEncoder.Encode(Strip(steps)) : Animation(steps);
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    /// <summary>The format that a film of this name is written in.</summary>
    /// <exception cref="NotSupportedException">It is neither of the two.</exception>
    public static ImageFormat Check(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".png" => ImageFormat.Png,
        ".webp" => ImageFormat.WebP,
        _ => throw new NotSupportedException($"{path}: a film is a .png (a strip) or a .webp (an animation)."),
    };

    /// <summary>Two rows: above, the state after each step; below, what the model took the picture to be.</summary>
    public static RawImage Strip(IReadOnlyList<ImageStep> steps)
    {
        RawImage first = steps[0].Noisy;
        int width = steps.Count * (first.Width + Gap) - Gap, height = 2 * first.Height + Gap;
        byte[] strip = new byte[width * height * first.Channels];
        Array.Fill(strip, byte.MaxValue);
        for (int i = 0; i < steps.Count; i++)
        {
            Paste(steps[i].Noisy, i * (first.Width + Gap), 0);
            Paste(steps[i].Preview, i * (first.Width + Gap), first.Height + Gap);
        }
        return new(width, height, first.Channels, strip);

        void Paste(RawImage image, int left, int top)
        {
            int row = image.Width * image.Channels;
            for (int y = 0; y < image.Height; y++)
                image.Bytes.AsSpan(y * row, row).CopyTo(strip.AsSpan(((top + y) * width + left) * image.Channels));
        }
    }

    /// <summary>The states one after the other, small ones enlarged by whole factors, the last one held.</summary>
    public static byte[] Animation(IReadOnlyList<ImageStep> steps) =>
        AnimatedWebP.Encode([.. steps.Select((step, i) => (Enlarge(step.Noisy), i == steps.Count - 1 ? LastFrameTime : FrameTime))]);

    private static RawImage Enlarge(RawImage image)
    {
        int factor = Math.Max(1, SmallestFrame / Math.Max(image.Width, image.Height));
        int width = image.Width * factor, height = image.Height * factor, channels = image.Channels;
        byte[] large = new byte[width * height * channels];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                image.Bytes.AsSpan((y / factor * image.Width + x / factor) * channels, channels).CopyTo(large.AsSpan((y * width + x) * channels));
        return new(width, height, channels, large);
    }
}
