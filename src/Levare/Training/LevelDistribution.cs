using Levare.Paths;

namespace Levare.Training;

/// <summary>How often each noise level is trained, given by its quantiles. Immutable and thread-safe.</summary>
public abstract record LevelDistribution
{
    /// <summary>The path time below which a share <paramref name="u"/> of the draws falls (or above which, where the kind counts from the noisy end).</summary>
    /// <param name="u">In (0, 1); uniform draws give draws of this distribution, evenly spaced ones a stratified sample.</param>
    /// <param name="path">The path whose times are drawn.</param>
    public abstract double TimeAt(double u, INoisePath path);

    /// <summary>A time within the path's range.</summary>
    protected static double Clamp(double time, INoisePath path) => Math.Clamp(time, path.Start, path.End);
}

/// <summary>Every time of the path alike.</summary>
public sealed record UniformLevels : LevelDistribution
{
    /// <inheritdoc/>
    public override double TimeAt(double u, INoisePath path) => path.Start + u * (path.End - path.Start);
}

/// <summary>The integers 0 .. Count - 1 alike: the timesteps of Ho et al. 2020.</summary>
/// <param name="Count">How many timesteps the path has.</param>
public sealed record UniformTimesteps(int Count = 1000) : LevelDistribution
{
    /// <inheritdoc/>
    public override double TimeAt(double u, INoisePath path) => Math.Floor(u * Count);
}

/// <summary>ln(sigma / alpha) is normal (Karras et al. 2022, table 1).</summary>
/// <param name="Mean">P_mean: the middle in ln sigma.</param>
/// <param name="Deviation">P_std.</param>
public sealed record LogNormalLevels(double Mean = -1.2, double Deviation = 1.2) : LevelDistribution
{
    /// <inheritdoc/>
    public override double TimeAt(double u, INoisePath path) =>
        Clamp(path.TimeAt(-(Mean + Deviation * NormalDistribution.Quantile(u))), path);
}

/// <summary>The logit of the time is normal (Esser et al. 2024, eq. 19), spread over the path's range.</summary>
/// <param name="Mean">The mean of the logit.</param>
/// <param name="Deviation">Its standard deviation.</param>
public sealed record LogitNormalLevels(double Mean = 0, double Deviation = 1) : LevelDistribution
{
    /// <inheritdoc/>
    public override double TimeAt(double u, INoisePath path) =>
        path.Start + (path.End - path.Start) / (1 + Math.Exp(-(Mean + Deviation * NormalDistribution.Quantile(u))));
}

/// <summary>Mode sampling with heavy tails (Esser et al. 2024, eq. 20).</summary>
/// <param name="Scale">Above 0 the middle is favoured, below it the ends; 0 is uniform. In [-1, 2 / (pi - 2)] each time has one u.</param>
/// <remarks>u counts from the noisy end, as in the paper.</remarks>
public sealed record ModeLevels(double Scale = 1.29) : LevelDistribution
{
    /// <inheritdoc/>
    public override double TimeAt(double u, INoisePath path)
    {
        double cosine = Math.Cos(Math.PI / 2 * u);
        return path.Start + (path.End - path.Start) * (1 - u - Scale * (cosine * cosine - 1 + u));
    }
}

/// <summary>Another distribution moved towards noise: sigma / alpha is multiplied (Hoogeboom et al. 2023; Esser et al. 2024, eq. 23).</summary>
/// <param name="Base">What is moved.</param>
/// <param name="Shift">The factor; larger pictures want a larger one. On the straight path t becomes <c>Shift t / (1 + (Shift - 1) t)</c>.</param>
public sealed record ShiftedLevels(LevelDistribution Base, double Shift) : LevelDistribution
{
    /// <inheritdoc/>
    public override double TimeAt(double u, INoisePath path) =>
        Clamp(path.TimeAt(path.At(Base.TimeAt(u, path)).Lambda - Math.Log(Shift)), path);
}
