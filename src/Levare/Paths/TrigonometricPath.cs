namespace Levare.Paths;

/// <summary>The continuous variance-preserving path of Albergo and Vanden-Eijnden 2023 and TrigFlow (Lu and Song 2024): alpha = cos t, sigma = sin t.</summary>
/// <remarks>t is the angle, 0..pi/2. Every variance-preserving path visits these levels, at other times.</remarks>
public sealed record TrigonometricPath : INoisePath
{
    /// <inheritdoc/>
    public double Start => 0;

    /// <inheritdoc/>
    public double End => Math.PI / 2;

    /// <inheritdoc/>
    public NoiseLevel At(double time) => new(time, time == End ? 0 : Math.Cos(time), Math.Sin(time));

    /// <inheritdoc/>
    public double TimeAt(double lambda) => Math.Atan(Math.Exp(-lambda));
}
