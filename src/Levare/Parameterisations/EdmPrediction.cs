using Levare.Paths;

namespace Levare.Parameterisations;

/// <summary>EDM's F (Karras et al. 2022, table 1): input and target have unit variance at every level. For paths with alpha = 1.</summary>
/// <param name="SigmaData">The standard deviation of the data.</param>
public sealed record EdmPrediction(double SigmaData = 0.5) : Parameterisation
{
    /// <inheritdoc/>
    public override Preconditioning At(NoiseLevel level)
    {
        double total = level.Sigma * level.Sigma + SigmaData * SigmaData;
        return new(1 / Math.Sqrt(total), SigmaData * SigmaData / total, level.Sigma * SigmaData / Math.Sqrt(total), Math.Log(level.Sigma) / 4);
    }
}
