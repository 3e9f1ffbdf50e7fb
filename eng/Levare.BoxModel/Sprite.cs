using SkiaSharp;

namespace Levare.BoxModel;

/// <summary>One emoji as premultiplied RGBA in 0..1, with what its colours allow. Immutable.</summary>
internal sealed class Sprite
{
    /// <summary>The side of a sprite in pixels.</summary>
    public const int Side = 64;

    private const float SaturationFloor = 0.35f, DominanceFloor = 0.75f;
    private readonly byte[] _pixels;

    public Sprite(byte[] premultipliedRgba)
    {
        if (premultipliedRgba.Length != Side * Side * 4)
            throw new ArgumentException($"A sprite has {Side * Side * 4} bytes, not {premultipliedRgba.Length}.", nameof(premultipliedRgba));
        _pixels = premultipliedRgba;
        (Hue, Luma) = Dominant(_pixels);
    }

    /// <summary>Premultiplied RGBA, row after row.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels;

    /// <summary>The angle in the plane of I and Q of the one saturated hue that dominates; null where none does.</summary>
    public float? Hue { get; }

    /// <summary>The mean brightness of the saturated pixels.</summary>
    public float Luma { get; }

    /// <summary>The word for the dominant hue, where one fits well.</summary>
    public string? ColourName
    {
        get
        {
            if (Hue is not { } hue) return null;
            NamedColour nearest = NamedColour.Hues.MinBy(colour => MathF.Abs(MathF.IEEERemainder(colour.Angle - hue, MathF.Tau)))!;
            if (MathF.Abs(MathF.IEEERemainder(nearest.Angle - hue, MathF.Tau)) > 0.35f) return null;
            bool warm = nearest.Name is "red" or "orange" or "yellow";
            return warm && Luma < 0.42f && nearest.Name != "red" ? "brown" : nearest.Name;
        }
    }

    /// <summary>Decodes an image file and brings it to <see cref="Side"/> pixels.</summary>
    /// <exception cref="InvalidDataException">The file is no image.</exception>
    public static Sprite Load(string path)
    {
        using SKBitmap bitmap = SKBitmap.Decode(path, new SKImageInfo(4 * Side, 4 * Side, SKColorType.Rgba8888, SKAlphaType.Premul))
            ?? throw new InvalidDataException($"{path} is not an image of {4 * Side} by {4 * Side} pixels.");
        return new(Average(bitmap.GetPixelSpan(), bitmap.RowBytes, 4));
    }

    private static byte[] Average(ReadOnlySpan<byte> source, int rowBytes, int factor)
    {
        byte[] result = new byte[Side * Side * 4];
        for (int i = 0; i < result.Length; i++)
        {
            int channel = i % 4, x = i / 4 % Side, y = i / 4 / Side, sum = 0;
            for (int dy = 0; dy < factor; dy++)
                for (int dx = 0; dx < factor; dx++) sum += source[(y * factor + dy) * rowBytes + (x * factor + dx) * 4 + channel];
            result[i] = (byte)((sum + factor * factor / 2) / (factor * factor));
        }
        return result;
    }

    private static (float? Hue, float Luma) Dominant(byte[] pixels)
    {
        float i = 0, q = 0, length = 0, luma = 0;
        int saturated = 0, covered = 0;
        for (int at = 0; at < pixels.Length; at += 4)
        {
            float alpha = pixels[at + 3] / 255f;
            if (alpha < 0.5f) continue;
            covered++;
            float r = pixels[at] / 255f / alpha, g = pixels[at + 1] / 255f / alpha, b = pixels[at + 2] / 255f / alpha;
            float max = MathF.Max(r, MathF.Max(g, b)), min = MathF.Min(r, MathF.Min(g, b));
            if (max <= 0 || (max - min) / max < SaturationFloor) continue;
            saturated++;
            float pi = Yiq.I(r, g, b), pq = Yiq.Q(r, g, b), norm = MathF.Sqrt(pi * pi + pq * pq);
            (i, q, length, luma) = (i + pi / norm, q + pq / norm, length + 1, luma + Yiq.Luma(r, g, b));
        }
        bool dominates = saturated > covered / 2 && MathF.Sqrt(i * i + q * q) > DominanceFloor * length;
        return (dominates ? MathF.Atan2(q, i) : null, saturated == 0 ? 0 : luma / saturated);
    }
}
