namespace Levare.Paths;

/// <summary>The variance-exploding path of Song et al. 2021 (eq. 31): alpha = 1, sigma geometric in t, t in 0..1.</summary>
/// <param name="SigmaMin">sigma at t = 0, above 0.</param>
/// <param name="SigmaMax">sigma at t = 1.</param>
public sealed record VePath(double SigmaMin = 0.01, double SigmaMax = 50) : INoisePath
{
    /// <inheritdoc/>
    public double Start => 0;

    /// <inheritdoc/>
    public double End => 1;

    /// <inheritdoc/>
    public NoiseLevel At(double time) => new(time, 1, SigmaMin * Math.Pow(SigmaMax / SigmaMin, time));

    /// <inheritdoc/>
    public double TimeAt(double lambda) => -(lambda + Math.Log(SigmaMin)) / Math.Log(SigmaMax / SigmaMin);
}
