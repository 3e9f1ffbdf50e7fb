namespace Levare.Paths;

/// <summary>One point of a noise path: there a clean x0 has become <c>x = Alpha * x0 + Sigma * eps</c>, eps standard normal.</summary>
/// <param name="Time">The path's own coordinate, and what a network is told of the level (a discrete timestep, a sigma, a t in 0..1).</param>
/// <param name="Alpha">What is left of the data, 0..1 (always 1 on variance-exploding paths).</param>
/// <param name="Sigma">The standard deviation of the noise, 0 or more.</param>
public readonly record struct NoiseLevel(double Time, double Alpha, double Sigma)
{
    /// <summary>Half the log signal-to-noise ratio, ln(Alpha / Sigma): +infinity without noise, -infinity without data.</summary>
    public double Lambda => Math.Log(Alpha / Sigma);

    /// <summary>Noise per unit of data, Sigma / Alpha: the sigma of EDM and k-diffusion.</summary>
    public double Ratio => Sigma / Alpha;
}
