using System.Globalization;
using System.Text;
using Levare.Data;

namespace Levare.Cli.Terminal;

/// <summary>Pictures as text: an upper half block holds two pixels, one in its own colour and one in the background's.</summary>
internal static class HalfBlocks
{
    /// <summary>The lines of a picture, two rows of pixels each.</summary>
    public static IEnumerable<string> Draw(RawImage image)
    {
        for (int y = 0; y < image.Height; y += 2)
        {
            StringBuilder line = new();
            string? above = null, below = null;
            for (int x = 0; x < image.Width; x++)
            {
                (string upper, string lower) = (Colour(image, x, y, 38), Colour(image, x, Math.Min(y + 1, image.Height - 1), 48));
                if (upper != above) line.Append(above = upper);
                if (lower != below) line.Append(below = lower);
                line.Append('▀');
            }
            yield return line.Append("\e[0m").ToString();
        }
    }

    private static string Colour(RawImage image, int x, int y, int ground)
    {
        ReadOnlySpan<byte> pixel = image.Bytes.AsSpan((y * image.Width + x) * image.Channels, image.Channels);
        (byte red, byte green, byte blue) = pixel.Length == 1 ? (pixel[0], pixel[0], pixel[0]) : (pixel[0], pixel[1], pixel[2]);
        return string.Create(CultureInfo.InvariantCulture, $"\e[{ground};2;{red};{green};{blue}m");
    }
}
