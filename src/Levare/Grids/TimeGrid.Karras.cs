using Levare.Paths;

namespace Levare.Grids;

public sealed partial class TimeGrid
{
    /// <summary>EDM's grid (Karras et al. 2022, eq. 5): <see cref="Sigmas.Karras"/> on alpha = 1, then 0.</summary>
    /// <param name="steps">The number of steps, 1 or more.</param>
    /// <param name="sigmaMin">The last sigma before 0.</param>
    /// <param name="sigmaMax">The first sigma.</param>
    /// <param name="rho">7 spends more steps at low noise; 1 spaces evenly.</param>
    public static TimeGrid Karras(int steps, double sigmaMin = 0.002, double sigmaMax = 80, double rho = 7) =>
        new(Sigmas.Karras(sigmaMin, sigmaMax, steps, rho).Append(0).Select(sigma => new NoiseLevel(sigma, 1, sigma)));
}
