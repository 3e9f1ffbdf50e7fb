using Levare.Paths;

namespace Levare.Grids;

public sealed partial class TimeGrid
{
    /// <summary>Karras et al. 2022, eq. 5: levels whose sigma^(1/rho) is equally spaced, then 0.</summary>
    /// <param name="steps">The number of steps, 1 or more.</param>
    /// <param name="sigmaMin">The last sigma before 0.</param>
    /// <param name="sigmaMax">The first sigma.</param>
    /// <param name="rho">7 spends more steps at low noise; 1 spaces evenly.</param>
    public static TimeGrid Karras(int steps, double sigmaMin = 0.002, double sigmaMax = 80, double rho = 7)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        double low = Math.Pow(sigmaMin, 1 / rho), high = Math.Pow(sigmaMax, 1 / rho);
        IEnumerable<double> sigmas = Enumerable.Range(0, steps)
            .Select(i => Math.Pow(high + (steps == 1 ? 0 : (double)i / (steps - 1)) * (low - high), rho));
        return new(sigmas.Append(0).Select(sigma => new NoiseLevel(sigma, 1, sigma)));
    }
}
