using Levare.Paths;

namespace Levare.Parameterisations;

/// <summary>A consistency model's F (Song et al. 2023, appendix C): EDM's, shifted so that at the smallest sigma the estimate is the state itself.</summary>
/// <param name="SigmaData">The standard deviation of the data.</param>
/// <param name="SigmaMin">The smallest sigma.</param>
/// <remarks>For paths with alpha = 1; the network is told the level's time.</remarks>
public sealed record ConsistencyPrediction(double SigmaData = 0.5, double SigmaMin = 0.002) : Parameterisation
{
    /// <inheritdoc/>
    public override Preconditioning At(NoiseLevel level)
    {
        double above = level.Sigma - SigmaMin, total = Math.Sqrt(level.Sigma * level.Sigma + SigmaData * SigmaData);
        return new(1 / total, SigmaData * SigmaData / (above * above + SigmaData * SigmaData), above * SigmaData / total, level.Time);
    }
}
