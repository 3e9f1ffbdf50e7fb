using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>
/// The exact solution of the reverse process from level s to level t, but for the integrand f that a network gives:
/// <c>x_t = State x_s + Output * integral over u = 0..Length of exp(-Rate (Length - u)) f(u) du + Noise z</c>, with u = lambda - lambda_s
/// and z standard normal.
/// </summary>
/// <remarks>
/// tau scales the noise that is put back: 0 is the probability-flow ODE (Lu et al. 2022a, proposition 3.1; 2022b, proposition 4.1), 1 the reverse
/// SDE, anything between a mixture (Xue et al. 2023, propositions 4.1 and 4.2).
/// </remarks>
/// <param name="Length">lambda_t - lambda_s, infinite from a level without data.</param>
/// <param name="State">The factor of the state.</param>
/// <param name="Output">The factor of the integral.</param>
/// <param name="Rate">How fast the integral forgets.</param>
/// <param name="Noise">The factor of the noise.</param>
internal readonly record struct ExponentialStep(double Length, double State, double Output, double Rate, double Noise)
{
    /// <summary>The step between two levels, both with noise.</summary>
    public static ExponentialStep Between(NoiseLevel s, NoiseLevel t, Integrand integrand, double tau)
    {
        double h = t.Lambda - s.Lambda, tau2 = tau * tau;
        // The variance of the new noise is the integral of 2 tau^2 exp(-rate (h - u)). Without tau there is none, however long the step, nor where two
        // levels are equal but for rounding.
        double Variance(double rate) => tau == 0 ? 0 : Math.Max(0, 2 * tau2 * ExponentialMoments.Of(rate, h, 0));
        return integrand == Integrand.Noise
            ? new(h, t.Alpha / s.Alpha, -(1 + tau2) * t.Sigma, -1, t.Sigma * Math.Sqrt(Variance(-2)))
            : new(h, (tau == 0 ? 1 : Math.Exp(-tau2 * h)) * t.Sigma / s.Sigma, (1 + tau2) * t.Alpha, 1 + tau2, t.Sigma * Math.Sqrt(Variance(2 * tau2)));
    }

    /// <summary>The state at the step's end, the integrand being the polynomial through some of its values.</summary>
    /// <param name="state">The state at the step's start.</param>
    /// <param name="nodes">u of each value: 0 at the step's start, <see cref="Length"/> at its end.</param>
    /// <param name="values">The values, as many as nodes.</param>
    /// <param name="rule">How the polynomial is integrated.</param>
    /// <param name="noise">Standard normal, or null for none.</param>
    public Tensor Apply(Tensor state, ReadOnlySpan<double> nodes, IEnumerable<Tensor> values, MomentRule rule, Tensor? noise)
    {
        double[] moments = rule.Moments(Rate, Length, nodes.Length);
        double[] weights = nodes.Length == 1 ? moments : Polynomial.Weights(nodes, moments);
        Tensor next = state * State;
        foreach ((Tensor value, double weight) in values.Zip(weights)) next.add_(value, alpha: Output * weight);
        return noise is null || Noise == 0 ? next : next.add_(noise, alpha: Noise);
    }
}
