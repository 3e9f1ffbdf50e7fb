using Levare.Paths;

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
        if (integrand == Integrand.Noise)
            return new(h, t.Alpha / s.Alpha, -(1 + tau2) * t.Sigma, -1, tau == 0 ? 0 : tau * t.Sigma * Math.Sqrt(double.ExpM1(2 * h)));
        double forgotten = tau == 0 ? 0 : tau2 * h;
        return new(h, Math.Exp(-forgotten) * t.Sigma / s.Sigma, (1 + tau2) * t.Alpha, 1 + tau2, t.Sigma * Math.Sqrt(-double.ExpM1(-2 * forgotten)));
    }

    /// <summary>The integral of exp(-Rate (Length - u)) u^power.</summary>
    public double Moment(int power) => ExponentialMoments.Of(Rate, Length, power);
}
