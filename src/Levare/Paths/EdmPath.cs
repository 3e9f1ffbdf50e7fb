namespace Levare.Paths;

/// <summary>The path of Karras et al. 2022 (EDM): alpha = 1, sigma = t.</summary>
/// <param name="SigmaMin">The smallest sigma, above 0.</param>
/// <param name="SigmaMax">The largest sigma.</param>
public sealed record EdmPath(double SigmaMin = 0.002, double SigmaMax = 80) : INoisePath
{
    /// <inheritdoc/>
    public double Start => SigmaMin;

    /// <inheritdoc/>
    public double End => SigmaMax;

    /// <inheritdoc/>
    public NoiseLevel At(double time) => new(time, 1, time);

    /// <inheritdoc/>
    public double TimeAt(double lambda) => Math.Exp(-lambda);
}
