using Levare.Paths;

namespace Levare.Grids;

public sealed partial class TimeGrid
{
    /// <summary>A path at given times, the noisiest first, and then no noise.</summary>
    /// <param name="path">The noise path.</param>
    /// <param name="times">One for each step, in the path's own time.</param>
    public static TimeGrid AtTimes(INoisePath path, IEnumerable<double> times) => new(times.Select(path.At).Append(Clean(path)));

    /// <summary>A path at given ratios of noise to data, the noisiest first, and then no noise: how lists of sigmas fit any path.</summary>
    /// <param name="path">The noise path.</param>
    /// <param name="ratios">sigma / alpha for each step, above 0.</param>
    public static TimeGrid AtRatios(INoisePath path, IEnumerable<double> ratios) =>
        new(ratios.Select(ratio => path.AtLambda(-Math.Log(ratio))).Append(Clean(path)));

    private static NoiseLevel Clean(INoisePath path) => new(path.Start, 1, 0);
}
