namespace Levare.Paths;

/// <summary>How data turns into noise: alpha and sigma as functions of a time that grows with the noise. Immutable and thread-safe.</summary>
public interface INoisePath
{
    /// <summary>The time of the cleanest level that a network is trained at.</summary>
    double Start { get; }

    /// <summary>The time of the noisiest level.</summary>
    double End { get; }

    /// <summary>The level at a time within [Start, End]; between the entries of a discrete path it interpolates.</summary>
    NoiseLevel At(double time);

    /// <summary>The time at which half the log signal-to-noise ratio is <paramref name="lambda"/>: the inverse of <see cref="At"/>.</summary>
    double TimeAt(double lambda);

    /// <summary>The level at which half the log signal-to-noise ratio is <paramref name="lambda"/>.</summary>
    NoiseLevel AtLambda(double lambda) => At(TimeAt(lambda));
}
