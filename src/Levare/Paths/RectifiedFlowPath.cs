namespace Levare.Paths;

/// <summary>The straight path of Liu et al. 2022 and Lipman et al. 2022: alpha = 1 - t, sigma = t, t in 0..1.</summary>
public sealed record RectifiedFlowPath : INoisePath
{
    /// <inheritdoc/>
    public double Start => 0;

    /// <inheritdoc/>
    public double End => 1;

    /// <inheritdoc/>
    public NoiseLevel At(double time) => new(time, 1 - time, time);

    /// <inheritdoc/>
    public double TimeAt(double lambda) => 1 / (1 + Math.Exp(lambda));
}
