namespace Levare.Training;

/// <summary>The standard normal distribution.</summary>
internal static class NormalDistribution
{
    /// <summary>The value below which a share <paramref name="u"/> of the draws falls.</summary>
    /// <remarks>Acklam's rational approximation (relative error 1e-9), then one step of Halley's method on <see cref="Cumulative"/>.</remarks>
    public static double Quantile(double u)
    {
        if (u is <= 0 or >= 1) throw new ArgumentOutOfRangeException(nameof(u), u, "A quantile is defined for shares between 0 and 1.");
        // The lower half is computed and mirrored: there the cumulative distribution keeps its digits.
        if (u > 0.5) return -Quantile(1 - u);
        double x = Approximate(u);
        double e = Cumulative(x) - u;
        double step = e * Math.Sqrt(2 * Math.PI) * Math.Exp(x * x / 2);
        return x - step / (1 + x * step / 2);
    }

    /// <summary>The share of the draws below <paramref name="x"/>.</summary>
    public static double Cumulative(double x) => x <= 0 ? UpperTail(-x) : 1 - UpperTail(x);

    /// <summary>The density at <paramref name="x"/>.</summary>
    public static double Density(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    private static double Approximate(double u)
    {
        if (u < 0.02425)
        {
            double q = Math.Sqrt(-2 * Math.Log(u));
            return (((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838) * q - 2.549732539343734) * q
                + 4.374664141464968) * q + 2.938163982698783)
                / ((((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1);
        }
        double p = u - 0.5, r = p * p;
        return (((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) * r + 1.383577518672690e+02) * r
            - 3.066479806614716e+01) * r + 2.506628277459239) * p
            / (((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r - 1.556989798598866e+02) * r + 6.680131188771972e+01) * r
            - 1.328068155288572e+01) * r + 1);
    }

    // Hart's series near 0, Laplace's continued fraction further out; x >= 0.
    private static double UpperTail(double x)
    {
        if (x < 3)
        {
            double term = x, sum = x;
            for (int k = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); k++)
            {
                term *= x * x / (2 * k + 1);
                sum += term;
            }
            return 0.5 - sum * Density(x);
        }
        double fraction = 0;
        for (int k = 80; k >= 1; k--) fraction = k / (x + fraction);
        return Density(x) / (x + fraction);
    }
}
