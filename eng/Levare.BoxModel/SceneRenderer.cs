namespace Levare.BoxModel;

/// <summary>Draws scenes as [3, side, side] in -1..1. Stateless.</summary>
internal static class SceneRenderer
{
    private const int Side = Sprite.Side;
    private const int Channels = 4;

    /// <summary>Draws a scene at 64 pixels, or averaged down to a divisor of that.</summary>
    /// <param name="scene">What to draw.</param>
    /// <param name="side">64, 32 or 16.</param>
    /// <param name="target">3 * side * side values, channel after channel.</param>
    public static void Draw(Scene scene, int side, Span<float> target)
    {
        Span<float> full = stackalloc float[3 * Side * Side];
        (float r, float g, float b) = scene.Background;
        full[..(Side * Side)].Fill(r);
        full.Slice(Side * Side, Side * Side).Fill(g);
        full[(2 * Side * Side)..].Fill(b);
        foreach (Figure figure in scene.Figures) Paint(figure, full);
        Shrink(full, side, target);
    }

    private static void Paint(Figure figure, Span<float> picture)
    {
        int factor = figure.Half ? 2 : 1, size = Side / factor;
        Recolouring change = Recolouring.Of(figure);
        for (int y = Math.Max(0, -figure.Y); y < Math.Min(size, Side - figure.Y); y++)
            for (int x = Math.Max(0, -figure.X); x < Math.Min(size, Side - figure.X); x++)
            {
                (float r, float g, float b, float alpha) = change.Apply(Sample(figure.Look.Sprite.Pixels, figure.Mirrored ? size - 1 - x : x, y, factor));
                int at = (figure.Y + y) * Side + figure.X + x;
                picture[at] = r + (1 - alpha) * picture[at];
                picture[at + Side * Side] = g + (1 - alpha) * picture[at + Side * Side];
                picture[at + 2 * Side * Side] = b + (1 - alpha) * picture[at + 2 * Side * Side];
            }
    }

    private static (float R, float G, float B, float Alpha) Sample(ReadOnlySpan<byte> pixels, int x, int y, int factor)
    {
        if (factor == 1)
        {
            ReadOnlySpan<byte> one = pixels.Slice((y * Side + x) * Channels, Channels);
            return (one[0] / 255f, one[1] / 255f, one[2] / 255f, one[3] / 255f);
        }
        ReadOnlySpan<byte> a = pixels.Slice((2 * y * Side + 2 * x) * Channels, 2 * Channels), b = pixels.Slice(((2 * y + 1) * Side + 2 * x) * Channels, 2 * Channels);
        const float Scale = 1 / (4 * 255f);
        return ((a[0] + a[4] + b[0] + b[4]) * Scale, (a[1] + a[5] + b[1] + b[5]) * Scale, (a[2] + a[6] + b[2] + b[6]) * Scale, (a[3] + a[7] + b[3] + b[7]) * Scale);
    }

    private static void Shrink(ReadOnlySpan<float> full, int side, Span<float> target)
    {
        int factor = Side / side;
        float scale = 2f / (factor * factor);
        for (int i = 0; i < target.Length; i++)
        {
            int channel = i / (side * side), y = i / side % side, x = i % side;
            float sum = 0;
            for (int dy = 0; dy < factor; dy++)
                for (int dx = 0; dx < factor; dx++) sum += full[(channel * Side + y * factor + dy) * Side + x * factor + dx];
            target[i] = sum * scale - 1;
        }
    }

    /// <summary>A rotation of the hue with a step of brightness towards the wanted colour's.</summary>
    private readonly record struct Recolouring(float Cosine, float Sine, float Gain)
    {
        public static Recolouring Of(Figure figure)
        {
            if (figure.Colour is not { } colour || figure.Look.Sprite.Hue is not { } hue) return new(1, 0, 1);
            float angle = colour.Angle - hue;
            float gain = Math.Clamp(MathF.Sqrt(colour.Luma / MathF.Max(0.05f, figure.Look.Sprite.Luma)), 0.7f, 1.4f);
            return new(MathF.Cos(angle), MathF.Sin(angle), gain);
        }

        public (float R, float G, float B, float Alpha) Apply((float R, float G, float B, float Alpha) p)
        {
            if (Sine == 0 && Gain == 1) return p;
            float i = Yiq.I(p.R, p.G, p.B) * Gain, q = Yiq.Q(p.R, p.G, p.B) * Gain;
            (float r, float g, float b) = Yiq.ToRgb(Yiq.Luma(p.R, p.G, p.B) * Gain, Cosine * i - Sine * q, Sine * i + Cosine * q);
            return (Math.Clamp(r, 0, p.Alpha), Math.Clamp(g, 0, p.Alpha), Math.Clamp(b, 0, p.Alpha), p.Alpha);
        }
    }
}
