using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>The transfer part of pseudo-numerical methods (Liu et al. 2022, eq. 11): exact where the noise is constant.</summary>
internal static class NoiseTransfer
{
    /// <summary>A state at one level with a noise, moved to another level.</summary>
    public static Tensor Move(Tensor state, Tensor noise, NoiseLevel from, NoiseLevel to)
    {
        double kept = to.Alpha / from.Alpha;
        return state * kept + noise * (to.Sigma - from.Sigma * kept);
    }

    /// <summary>Adams-Bashforth on equal steps, of the order that there are values (1 to 4), the newest first.</summary>
    public static Tensor Extrapolate(IReadOnlyList<Tensor> values) => values.Count switch
    {
        1 => values[0] * 1,
        2 => (values[0] * 3 - values[1]) / 2,
        3 => (values[0] * 23 - values[1] * 16 + values[2] * 5) / 12,
        _ => (values[0] * 55 - values[1] * 59 + values[2] * 37 - values[3] * 9) / 24,
    };
}
