namespace Levare.Solvers;

/// <summary>DEIS, rho-AB (Zhang and Chen 2023, eq. 15): Adams-Bashforth on the noise over rho = sigma / alpha, interpolated in log rho.</summary>
/// <remarks>
/// The method is <c>x_t / alpha_t = x_s / alpha_s + sum C_i eps_i</c> with C_i the integral of Lagrange's basis over rho. As log rho = -lambda and
/// d rho = -exp(-lambda) d lambda, that is DPM-Solver multistep with exact integrals.
/// </remarks>
public sealed record Deis : ExponentialAdams
{
    /// <summary>DEIS of an order.</summary>
    /// <param name="order">1 (DDIM), 2 or 3.</param>
    public Deis(int order = 3)
    {
        Order = order;
        Integrand = Integrand.Noise;
    }
}
