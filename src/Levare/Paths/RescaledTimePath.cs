namespace Levare.Paths;

/// <summary>Another path whose time is multiplied by a factor: networks of the flow family are mostly told 1000 t.</summary>
/// <param name="Inner">The path.</param>
/// <param name="Factor">This path's time for one unit of the other's, above 0.</param>
public sealed record RescaledTimePath(INoisePath Inner, double Factor) : INoisePath
{
    /// <inheritdoc/>
    public double Start => Inner.Start * Factor;

    /// <inheritdoc/>
    public double End => Inner.End * Factor;

    /// <inheritdoc/>
    public NoiseLevel At(double time) => Inner.At(time / Factor) with { Time = time };

    /// <inheritdoc/>
    public double TimeAt(double lambda) => Inner.TimeAt(lambda) * Factor;
}
