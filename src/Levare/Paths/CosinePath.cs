namespace Levare.Paths;

/// <summary>The variance-preserving path alpha = cos(pi t / 2), sigma = sin(pi t / 2), t in 0..1 (Salimans and Ho 2022).</summary>
/// <remarks><see cref="TrigonometricPath"/> with another unit of time, which is what networks trained on either are told.</remarks>
public sealed record CosinePath : INoisePath
{
    /// <inheritdoc/>
    public double Start => 0;

    /// <inheritdoc/>
    public double End => 1;

    /// <inheritdoc/>
    public NoiseLevel At(double time) => new(time, time == 1 ? 0 : Math.Cos(time * Math.PI / 2), Math.Sin(time * Math.PI / 2));

    /// <inheritdoc/>
    public double TimeAt(double lambda) => Math.Atan(Math.Exp(-lambda)) * 2 / Math.PI;
}
