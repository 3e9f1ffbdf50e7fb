using Levare.Parameterisations;
using Levare.Paths;

namespace Levare.Training;

/// <summary>How much the error of the network's output counts at a level. Immutable and thread-safe.</summary>
/// <remarks>
/// Weights from the literature are stated for the error of x0, of epsilon or of the output. An error of F in the output is one of
/// <c>Output * F</c> in x0, so one rule serves every parameterisation: a weight w on x0's squared error is <c>w * Output^2</c> here.
/// </remarks>
public abstract record LossWeight
{
    /// <summary>The factor of the output's squared error.</summary>
    /// <param name="level">The noise level.</param>
    /// <param name="preconditioning">How the output is wrapped there.</param>
    public abstract double At(NoiseLevel level, Preconditioning preconditioning);

    /// <summary>The signal-to-noise ratio alpha^2 / sigma^2.</summary>
    protected static double SignalToNoise(NoiseLevel level) => 1 / (level.Ratio * level.Ratio);
}

/// <summary>Weight 1 on the network's output, whatever it predicts (L_simple of Ho et al. 2020).</summary>
public sealed record SimpleWeight : LossWeight
{
    /// <inheritdoc/>
    public override double At(NoiseLevel level, Preconditioning preconditioning) => 1;
}

/// <summary>min(SNR, gamma) on x0's error (Hang et al. 2023).</summary>
/// <param name="Gamma">The largest weight.</param>
public sealed record MinSnrWeight(double Gamma = 5) : LossWeight
{
    /// <inheritdoc/>
    public override double At(NoiseLevel level, Preconditioning preconditioning) =>
        Math.Min(SignalToNoise(level), Gamma) * preconditioning.Output * preconditioning.Output;
}

/// <summary>1 / (k + SNR)^gamma on epsilon's error (Choi et al. 2022).</summary>
/// <param name="K">Keeps the weight of clean levels from exploding.</param>
/// <param name="Gamma">How strongly clean levels are weighted down; 0 is the simple weight on epsilon.</param>
public sealed record P2Weight(double K = 1, double Gamma = 1) : LossWeight
{
    /// <inheritdoc/>
    public override double At(NoiseLevel level, Preconditioning preconditioning)
    {
        double snr = SignalToNoise(level);
        return snr / Math.Pow(K + snr, Gamma) * preconditioning.Output * preconditioning.Output;
    }
}

/// <summary>(sigma^2 + sigma_data^2) / (sigma sigma_data)^2 on x0's error (Karras et al. 2022, table 1): 1 on EDM's F.</summary>
/// <param name="SigmaData">The standard deviation of the data.</param>
public sealed record EdmWeight(double SigmaData = 0.5) : LossWeight
{
    /// <inheritdoc/>
    public override double At(NoiseLevel level, Preconditioning preconditioning)
    {
        double ratio = level.Ratio;
        double root = preconditioning.Output / (ratio * SigmaData);
        return (ratio * ratio + SigmaData * SigmaData) * root * root;
    }
}

/// <summary>sigma^-2 on the output's error (the "sigma_sqrt" weighting of Stable Diffusion 3's training scripts).</summary>
public sealed record InverseVarianceWeight : LossWeight
{
    /// <inheritdoc/>
    public override double At(NoiseLevel level, Preconditioning preconditioning) => 1 / (level.Sigma * level.Sigma);
}

/// <summary>The cosine schedule's density on the straight path (Esser et al. 2024, CosMap): 2 / (pi (1 - 2 t + 2 t^2)), t = sigma.</summary>
public sealed record CosMapWeight : LossWeight
{
    /// <inheritdoc/>
    public override double At(NoiseLevel level, Preconditioning preconditioning) =>
        2 / (Math.PI * (1 - 2 * level.Sigma + 2 * level.Sigma * level.Sigma));
}
