namespace Levare.Solvers;

/// <summary>Which of a network's two readings an exponential integrator holds under its integral.</summary>
public enum Integrand
{
    /// <summary>The denoised estimate (DPM-Solver++, Lu et al. 2022b): stays bounded under strong guidance.</summary>
    Denoised,

    /// <summary>The predicted noise (DPM-Solver, Lu et al. 2022a; DEIS). Of no use at levels without data (alpha = 0), the step from which is Euler's.</summary>
    Noise,
}
