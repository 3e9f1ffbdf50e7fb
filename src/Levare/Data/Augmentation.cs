namespace Levare.Data;

/// <summary>Small changes of a picture that leave its meaning: chosen for each sight of it from the seed alone.</summary>
/// <param name="Flip">Mirrored left to right, half of the time.</param>
/// <param name="Crop">The share of a side that is cut away, at a random place: pictures are prepared that much larger. 0..0.5.</param>
/// <param name="Colour">How far brightness, contrast and saturation vary, each by a factor of 1 - Colour to 1 + Colour. 0..1.</param>
public sealed record Augmentation(bool Flip = false, double Crop = 0, double Colour = 0)
{
    /// <summary>Pictures as they are.</summary>
    public static readonly Augmentation None = new();

    /// <summary>The size that pictures are prepared in, for a result of a given size.</summary>
    public int PreparedSize(int size) => (int)Math.Round(size / (1 - Math.Clamp(Crop, 0, 0.5)));

    /// <summary>One picture as the network is to see it: values -1..1, [channels, size, size].</summary>
    /// <param name="planes">The prepared picture, [channels, from, from].</param>
    /// <param name="from">Its side.</param>
    /// <param name="target">Where the result goes.</param>
    /// <param name="size">The result's side, at most <paramref name="from"/>.</param>
    /// <param name="random">This sight's random numbers; null for the plain middle of the picture.</param>
    internal void Apply(ReadOnlySpan<byte> planes, int from, Span<float> target, int size, SeededRandom? random)
    {
        int room = from - size, left = room / 2, top = room / 2;
        bool flipped = false;
        if (random is { } draws)
        {
            flipped = draws.Next(2) == 1 && Flip;
            (left, top) = (draws.Next(room + 1), draws.Next(room + 1));
            random = draws;
        }
        int channels = target.Length / (size * size);
        for (int c = 0; c < channels; c++)
            for (int y = 0; y < size; y++)
            {
                ReadOnlySpan<byte> row = planes.Slice((c * from + top + y) * from + left, size);
                Span<float> to = target.Slice((c * size + y) * size, size);
                for (int x = 0; x < size; x++) to[x] = row[flipped ? size - 1 - x : x] / 127.5f - 1;
            }
        if (Colour > 0 && random is { } colour) Jitter(target, size * size, ref colour);
    }

    private void Jitter(Span<float> target, int plane, ref SeededRandom random)
    {
        float brightness = Factor(ref random), contrast = Factor(ref random), saturation = Factor(ref random);
        float mean = 0;
        foreach (float value in target) mean += value / target.Length;
        for (int i = 0; i < target.Length; i++) target[i] = ((target[i] - mean) * contrast + mean + 1) * brightness - 1;
        if (target.Length == 3 * plane)
            for (int i = 0; i < plane; i++)
            {
                float grey = 0.299f * target[i] + 0.587f * target[plane + i] + 0.114f * target[2 * plane + i];
                for (int c = 0; c < 3; c++) target[c * plane + i] = grey + (target[c * plane + i] - grey) * saturation;
            }
        for (int i = 0; i < target.Length; i++) target[i] = Math.Clamp(target[i], -1, 1);
    }

    private float Factor(ref SeededRandom random) => (float)(1 + Colour * (2 * random.NextDouble() - 1));
}
