namespace Levare.Grids;

/// <summary>The beta distribution on 0..1.</summary>
internal static class BetaDistribution
{
    /// <summary>The value below which a share of the distribution lies: the inverse of <see cref="Cumulative"/>.</summary>
    public static double Quantile(double share, double alpha, double beta)
    {
        if (share <= 0) return 0;
        if (share >= 1) return 1;
        double low = 0, high = 1;
        while (true)
        {
            double middle = low + (high - low) / 2;
            if (middle <= low || middle >= high) return middle;
            if (Cumulative(middle, alpha, beta) < share) low = middle; else high = middle;
        }
    }

    /// <summary>The share of the distribution below a value: the regularised incomplete beta function.</summary>
    public static double Cumulative(double value, double alpha, double beta)
    {
        if (value <= 0) return 0;
        if (value >= 1) return 1;
        double front = Math.Exp(LogGamma(alpha + beta) - LogGamma(alpha) - LogGamma(beta) + alpha * Math.Log(value) + beta * double.LogP1(-value));
        // The fraction converges fast on one side of the mean only; the other side is its mirror.
        return value < (alpha + 1) / (alpha + beta + 2)
            ? front * Fraction(value, alpha, beta) / alpha
            : 1 - front * Fraction(1 - value, beta, alpha) / beta;
    }

    // The continued fraction of the incomplete beta function (Abramowitz and Stegun, 26.5.8), by Lentz's method.
    private static double Fraction(double x, double a, double b)
    {
        const double tiny = 1e-300;
        double c = 1, d = Away(1 - (a + b) * x / (a + 1));
        d = 1 / d;
        double result = d;
        for (int m = 1; m < 500; m++)
        {
            double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / Away(1 + even * d);
            c = Away(1 + even / c);
            result *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / Away(1 + odd * d);
            c = Away(1 + odd / c);
            result *= d * c;
            if (Math.Abs(d * c - 1) < 1e-16) break;
        }
        return result;

        static double Away(double value) => Math.Abs(value) < tiny ? tiny : value;
    }

    // Stirling's series, from an argument raised above 10 by the recurrence.
    private static double LogGamma(double x)
    {
        double shift = 0;
        for (; x < 10; x++) shift -= Math.Log(x);
        double inverse = 1 / x, square = inverse * inverse;
        double series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square / 1188))));
        return shift + (x - 0.5) * Math.Log(x) - x + 0.5 * Math.Log(2 * Math.PI) + series;
    }
}
