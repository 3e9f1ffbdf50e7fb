namespace Levare.Grids;

/// <summary>Lists of falling sigmas between two ends, both included; what follows the last (0, mostly) is the caller's.</summary>
public static class Sigmas
{
    /// <summary>sigma^(1/rho) equally spaced (Karras et al. 2022, eq. 5).</summary>
    /// <param name="min">The last sigma, above 0.</param>
    /// <param name="max">The first sigma.</param>
    /// <param name="count">How many, 1 or more.</param>
    /// <param name="rho">7 spends more on low noise; 1 spaces evenly.</param>
    public static double[] Karras(double min, double max, int count, double rho = 7) =>
        [.. Spacing.Linear(0, 1, count).Select(ramp => KarrasAt(min, max, ramp, rho))];

    /// <summary>One sigma of that curve.</summary>
    /// <param name="min">The sigma at the ramp's end, above 0.</param>
    /// <param name="max">The sigma at the ramp's start.</param>
    /// <param name="ramp">The place between, 0..1.</param>
    /// <param name="rho">7 spends more on low noise; 1 spaces evenly.</param>
    public static double KarrasAt(double min, double max, double ramp, double rho = 7)
    {
        double low = Math.Pow(min, 1 / rho), high = Math.Pow(max, 1 / rho);
        return Math.Pow(high + ramp * (low - high), rho);
    }

    /// <summary>log sigma equally spaced, which is uniform in log-SNR (Lu et al. 2022).</summary>
    /// <inheritdoc cref="Karras"/>
    public static double[] Exponential(double min, double max, int count) =>
        [.. Spacing.Linear(Math.Log(max), Math.Log(min), count).Select(Math.Exp)];

    /// <summary>Quantiles of a beta distribution: more at both ends ("Beta Sampling is All You Need", Lee et al. 2024).</summary>
    /// <inheritdoc cref="Karras"/>
    /// <param name="min">The last sigma, above 0.</param>
    /// <param name="max">The first sigma.</param>
    /// <param name="count">How many, 1 or more.</param>
    /// <param name="alpha">The distribution's first shape.</param>
    /// <param name="beta">The distribution's second shape.</param>
    public static double[] Beta(double min, double max, int count, double alpha = 0.6, double beta = 0.6) =>
        [.. Spacing.Linear(0, 1, count).Select(ramp => min + BetaDistribution.Quantile(1 - ramp, alpha, beta) * (max - min))];

    /// <summary>(ln sigma)^(1/rho) equally spaced ("lu-lambdas", Lu et al. 2022); with the rho of 1 that is in use this is <see cref="Exponential"/>.</summary>
    /// <inheritdoc cref="Karras"/>
    /// <param name="min">The last sigma, above 0.</param>
    /// <param name="max">The first sigma.</param>
    /// <param name="count">How many, 1 or more.</param>
    /// <param name="rho">1, unless both logarithms have one sign.</param>
    public static double[] Lu(double min, double max, int count, double rho = 1)
    {
        double low = Math.Pow(Math.Log(min), 1 / rho), high = Math.Pow(Math.Log(max), 1 / rho);
        return [.. Spacing.Linear(0, 1, count).Select(ramp => Math.Exp(Math.Pow(high + ramp * (low - high), rho)))];
    }
}
