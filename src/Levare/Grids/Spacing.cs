namespace Levare.Grids;

/// <summary>Equally spaced numbers.</summary>
internal static class Spacing
{
    /// <summary>Numbers from a start to an end, both included; a single one is the start.</summary>
    public static double[] Linear(double start, double end, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        double[] values = new double[count];
        double step = count == 1 ? 0 : (end - start) / (count - 1);
        for (int i = 0; i < count; i++) values[i] = i * step + start;
        if (count > 1) values[^1] = end;
        return values;
    }
}
