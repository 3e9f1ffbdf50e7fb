namespace Levare.Grids;

/// <summary>How n times are picked among the T discrete steps of training (Lin et al. 2023, table 2).</summary>
public enum TimestepSpacing
{
    /// <summary>Both ends and equal distances between: 0 and T - 1 are visited.</summary>
    Linspace,

    /// <summary>Multiples of T / n rounded down, from 0: the noisiest step is not visited.</summary>
    Leading,

    /// <summary>T - 1 downwards in strides of T / n: the noisiest step is visited, 0 is not.</summary>
    Trailing,
}

/// <summary>Makes lists of discrete timesteps, the noisiest first.</summary>
public static class Timesteps
{
    /// <summary>Times equally spaced from T - 1 down to 0, not rounded. A single one is 0.</summary>
    /// <param name="trained">T, the number of steps of training.</param>
    /// <param name="count">How many to pick, 1 or more.</param>
    public static double[] Linspace(int trained, int count)
    {
        double[] times = Spacing.Linear(0, trained - 1, count);
        Array.Reverse(times);
        return times;
    }

    /// <summary>0, s, 2s ... reversed, with the whole stride s = T / n, each moved up by an offset.</summary>
    /// <inheritdoc cref="Linspace"/>
    /// <param name="trained">T, the number of steps of training.</param>
    /// <param name="count">How many to pick, 1 to T.</param>
    /// <param name="offset">Added to all; Stable Diffusion uses 1.</param>
    public static double[] Leading(int trained, int count, int offset = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        int stride = trained / count;
        return [.. Enumerable.Range(0, count).Reverse().Select(i => (double)(i * stride + offset))];
    }

    /// <summary>T - 1, T - 1 - s, T - 1 - 2s ... with s = T / n, rounded half to even.</summary>
    /// <inheritdoc cref="Linspace"/>
    public static double[] Trailing(int trained, int count) =>
        // For some T numpy's arange rounds its way to one element more, below 0: 150 and 7, for instance.
        [.. Trailing(trained, trained, count).Take(count)];

    /// <summary>The same from a first step below T - 1, in the same strides.</summary>
    /// <param name="first">One more than the first timestep.</param>
    /// <param name="trained">T, the number of steps of training.</param>
    /// <param name="count">T / count is the stride.</param>
    public static double[] Trailing(int first, int trained, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        double stride = (double)trained / count;
        int length = (int)Math.Ceiling(first / stride);
        // The second element is rounded before the distance is taken, as in numpy's arange.
        double distance = first - (first - stride);
        return [.. Enumerable.Range(0, length).Select(i => Math.Round(first - i * distance) - 1)];
    }
}
