using Levare.Paths;

namespace Levare.Solvers;

/// <summary>How a step splits the noise of its target, in units of the data: what stays of the old and what is new.</summary>
/// <param name="Down">The ratio sigma / alpha that the deterministic part goes to.</param>
/// <param name="Up">The ratio of the new noise; Down^2 + Up^2 is the target's ratio squared.</param>
internal readonly record struct AncestralSplit(double Down, double Up)
{
    /// <summary>The split of Song et al. 2021, eq. 16, eta scaling the new part; on paths with alpha = 1 it is k-diffusion's.</summary>
    public static AncestralSplit Of(NoiseLevel now, NoiseLevel next, double eta)
    {
        double ratio = next.Ratio;
        if (eta == 0 || ratio == 0) return new(ratio, 0);
        double fall = ratio / now.Ratio;
        double up = Math.Min(ratio, eta * ratio * Math.Sqrt(Math.Max(0, 1 - fall * fall)));
        return new(Math.Sqrt(ratio * ratio - up * up), up);
    }
}
