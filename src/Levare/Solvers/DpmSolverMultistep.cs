using Levare.Paths;

namespace Levare.Solvers;

/// <summary>DPM-Solver++ multistep (Lu et al. 2022b, algorithm 2) and, with <see cref="Integrand.Noise"/>, DPM-Solver's.</summary>
/// <remarks>
/// Order 2 as published, h = lambda_t - lambda_s0 and r = (lambda_s0 - lambda_s1) / h:
/// <c>x_t = (sigma_t / sigma_s0) x - alpha_t (exp(-h) - 1) (D_0 + (D_0 - D_1) / (2 r))</c>.
/// The half is <see cref="MomentRule.Midpoint"/>; <see cref="MomentRule.Exact"/> integrates the slope exactly ("heun").
/// </remarks>
public sealed record DpmSolverMultistep : ExponentialAdams
{
    /// <summary>DPM-Solver++ of an order.</summary>
    /// <param name="order">1 (DDIM), 2 (the usual "2M") or 3.</param>
    public DpmSolverMultistep(int order = 2)
    {
        Order = order;
        Rule = MomentRule.Midpoint;
    }

    /// <summary>How much noise a step puts back: 0 the ODE solver, 1 the SDE solver ("2M SDE"; Lu et al. 2022b, appendix B).</summary>
    public double Eta { get; init; }

    /// <inheritdoc/>
    protected override bool IsStochastic => Eta != 0;

    /// <inheritdoc/>
    protected override double Tau(NoiseLevel level) => Eta;
}
