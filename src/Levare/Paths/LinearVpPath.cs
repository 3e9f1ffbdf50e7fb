namespace Levare.Paths;

/// <summary>The variance-preserving path in continuous time whose beta grows linearly (Song et al. 2021, eq. 29 and 33).</summary>
/// <param name="BetaMin">beta at t = 0, above 0.</param>
/// <param name="BetaMax">beta at t = 1, above <paramref name="BetaMin"/>.</param>
/// <remarks>ln alpha = -(BetaMax - BetaMin) t^2 / 4 - BetaMin t / 2. Networks are trained from t = 1e-5 on, where the noise is not yet zero.</remarks>
public sealed record LinearVpPath(double BetaMin = 0.1, double BetaMax = 20) : INoisePath
{
    /// <inheritdoc/>
    public double Start => 1e-5;

    /// <inheritdoc/>
    public double End => 1;

    /// <inheritdoc/>
    public NoiseLevel At(double time)
    {
        double logAlpha = -time * (time * (BetaMax - BetaMin) / 4 + BetaMin / 2);
        return new(time, Math.Exp(logAlpha), Math.Sqrt(-double.ExpM1(2 * logAlpha)));
    }

    /// <inheritdoc/>
    public double TimeAt(double lambda)
    {
        // -2 ln alpha = ln(1 + e^(-2 lambda)), then the quadratic in t, in the form that does not cancel.
        double lost = lambda > 0 ? double.LogP1(Math.Exp(-2 * lambda)) : -2 * lambda + double.LogP1(Math.Exp(2 * lambda));
        return 2 * lost / (BetaMin + Math.Sqrt(BetaMin * BetaMin + 2 * (BetaMax - BetaMin) * lost));
    }
}
