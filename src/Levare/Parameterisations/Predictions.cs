using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Parameterisations;

/// <summary>Whether the state is brought to unit variance before a network sees it.</summary>
public enum InputScaling
{
    /// <summary>Divided by sqrt(alpha^2 + sigma^2): a factor of 1 on variance-preserving paths.</summary>
    UnitVariance,

    /// <summary>Given as it is.</summary>
    None,
}

/// <summary>The network predicts the noise (Ho et al. 2020). Undefined at alpha = 0.</summary>
public sealed record EpsilonPrediction(InputScaling Scaling = InputScaling.UnitVariance) : Parameterisation
{
    /// <inheritdoc/>
    public override Preconditioning At(NoiseLevel level) =>
        new(Predictions.Input(Scaling, level), 1 / level.Alpha, -level.Sigma / level.Alpha, level.Time);

    /// <inheritdoc/>
    /// <remarks>Subtracted before it is divided, so that at alpha = 0 the estimate is infinite, which a bound can bring back, and not undefined.</remarks>
    public override Tensor ToDenoised(Tensor output, Tensor state, NoiseLevel level) => (state - output * level.Sigma) / level.Alpha;

    /// <inheritdoc/>
    public override Tensor ToNoise(Tensor output, Tensor state, NoiseLevel level) => output;
}

/// <summary>The network predicts the clean data.</summary>
public sealed record SamplePrediction(InputScaling Scaling = InputScaling.UnitVariance) : Parameterisation
{
    /// <inheritdoc/>
    public override Preconditioning At(NoiseLevel level) => new(Predictions.Input(Scaling, level), 0, 1, level.Time);
}

/// <summary>The network predicts v = alpha eps - sigma x0 of the unit-variance state (Salimans and Ho 2022).</summary>
public sealed record VPrediction(InputScaling Scaling = InputScaling.UnitVariance) : Parameterisation
{
    /// <inheritdoc/>
    public override Preconditioning At(NoiseLevel level)
    {
        double norm = Math.Sqrt(level.Alpha * level.Alpha + level.Sigma * level.Sigma);
        return new(Predictions.Input(Scaling, level), level.Alpha / (norm * norm), -level.Sigma / norm, level.Time);
    }

    /// <inheritdoc/>
    public override Tensor ToNoise(Tensor output, Tensor state, NoiseLevel level)
    {
        double norm = Math.Sqrt(level.Alpha * level.Alpha + level.Sigma * level.Sigma);
        return output * (level.Alpha / norm) + state * (level.Sigma / (norm * norm));
    }
}

/// <summary>The network predicts the velocity eps - x0 of a straight path (Liu et al. 2022).</summary>
public sealed record FlowPrediction(InputScaling Scaling = InputScaling.None) : Parameterisation
{
    /// <inheritdoc/>
    public override Preconditioning At(NoiseLevel level)
    {
        double sum = level.Alpha + level.Sigma;
        return new(Predictions.Input(Scaling, level), 1 / sum, -level.Sigma / sum, level.Time);
    }

    /// <inheritdoc/>
    public override Tensor ToNoise(Tensor output, Tensor state, NoiseLevel level) =>
        (state + output * level.Alpha) / (level.Alpha + level.Sigma);
}

file static class Predictions
{
    public static double Input(InputScaling scaling, NoiseLevel level) =>
        scaling == InputScaling.None ? 1 : 1 / Math.Sqrt(level.Alpha * level.Alpha + level.Sigma * level.Sigma);
}
