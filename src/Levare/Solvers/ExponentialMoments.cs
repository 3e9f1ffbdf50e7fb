namespace Levare.Solvers;

/// <summary>The integrals that exponential integrators are made of: M_j = integral over u = 0..h of exp(-r (h - u)) u^j du.</summary>
/// <remarks>In terms of the phi functions of the literature M_j = j! h^(j+1) phi_(j+1)(-r h).</remarks>
public static class ExponentialMoments
{
    private const int SeriesTerms = 20;

    /// <summary>M_j, to full precision however small r h is.</summary>
    /// <param name="rate">r, not 0.</param>
    /// <param name="step">h, of either sign; infinite for power 0 only.</param>
    /// <param name="power">j, 0 or more.</param>
    public static double Of(double rate, double step, int power)
    {
        double z = -rate * step;
        // Below, terms cancel where r h is small; there the power series is exact.
        if (Math.Abs(z) <= 1) return Series(z, step, power);
        // By parts.
        return power == 0 ? (1 - Math.Exp(z)) / rate : (Math.Pow(step, power) - power * Of(rate, step, power - 1)) / rate;
    }

    // j! h^(j+1) sum over n of z^n / (n + j + 1)!
    private static double Series(double z, double step, int power)
    {
        double term = Math.Pow(step, power + 1) / (power + 1), sum = 0;
        for (int n = 0; n < SeriesTerms; n++)
        {
            sum += term;
            term *= z / (n + power + 2);
        }
        return sum;
    }
}
