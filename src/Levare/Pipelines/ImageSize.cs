using System.Globalization;

namespace Levare.Pipelines;

/// <summary>A picture's size in pixels.</summary>
public readonly record struct ImageSize(int Width, int Height)
{
    private const int Largest = 1 << 14;

    /// <summary>Reads WIDTHxHEIGHT, or one number for a square.</summary>
    /// <exception cref="FormatException">It is neither, or a side is not within 1..16384.</exception>
    public static ImageSize Parse(string text)
    {
        string[] sides = text.ToLowerInvariant().Split('x');
        int[] numbers = [.. sides.Select(side => int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out int pixels) ? pixels : 0)];
        if (numbers.Length is < 1 or > 2 || numbers.Any(pixels => pixels is < 1 or > Largest))
            throw new FormatException($"'{text}' is no size: write WIDTHxHEIGHT in pixels, 512x768 say.");
        return new(numbers[0], numbers[^1]);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}");
}
