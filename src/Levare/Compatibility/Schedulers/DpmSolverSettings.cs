using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>algorithm_type, solver_type and what ends a run, as the DPM-Solver classes read them.</summary>
internal static class DpmSolverSettings
{
    /// <summary>The integrand and the share of noise that algorithm_type names; "deis" is taken for dpmsolver++.</summary>
    public static (Integrand Integrand, double Eta) Algorithm(SchedulerConfig config) => config.AlgorithmType switch
    {
        "dpmsolver++" or "deis" => (Integrand.Denoised, 0),
        "sde-dpmsolver++" => (Integrand.Denoised, 1),
        "dpmsolver" => (Integrand.Noise, 0),
        "sde-dpmsolver" => (Integrand.Noise, 1),
        string other => throw new NotSupportedException(
            $"algorithm_type '{other}' is not known; known are dpmsolver, dpmsolver++, sde-dpmsolver and sde-dpmsolver++."),
    };

    /// <summary>The rule through two points that solver_type names; those of other classes are taken for midpoint.</summary>
    public static MomentRule TwoPoints(SchedulerConfig config) => config.SolverType switch
    {
        "heun" => MomentRule.Exact,
        "midpoint" or "logrho" or "bh1" or "bh2" => MomentRule.Midpoint,
        string other => throw new NotSupportedException($"solver_type '{other}' is not known; known are midpoint and heun."),
    };

    /// <summary>The noise under the integral stays finite only at levels with noise.</summary>
    /// <exception cref="ArgumentException">final_sigmas_type is zero for such an algorithm.</exception>
    public static void CheckFinalSigma(SchedulerConfig config)
    {
        if (config is { AlgorithmType: "dpmsolver" or "sde-dpmsolver", FinalSigmasType: FinalSigma.Zero })
            throw new ArgumentException($"With algorithm_type '{config.AlgorithmType}', final_sigmas_type must be sigma_min.", nameof(config));
    }

    /// <summary>The multistep classes' end: falling orders in short runs, and a last step of first order to sigma = 0.</summary>
    public static FinalOrders FinalOrders(SchedulerConfig config, int steps) =>
        config.LowerOrderFinal && steps < LambdaSchedules.ManySteps ? Solvers.FinalOrders.Falling
        : config.EulerAtFinal || config.FinalSigmasType == FinalSigma.Zero ? Solvers.FinalOrders.LastFirst
        : Solvers.FinalOrders.Full;
}
