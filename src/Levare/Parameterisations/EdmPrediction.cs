using Levare.Paths;

namespace Levare.Parameterisations;

/// <summary>The sign of what a network with EDM's preconditioning predicts.</summary>
public enum EdmTarget
{
    /// <summary>Towards the data, as in Karras et al. 2022.</summary>
    Data,

    /// <summary>Towards the noise, as v does: the negative.</summary>
    Noise,
}

/// <summary>EDM's F (Karras et al. 2022, table 1): input and target have unit variance at every level. For paths with alpha = 1.</summary>
/// <param name="SigmaData">The standard deviation of the data.</param>
/// <param name="Target">The sign of F.</param>
public sealed record EdmPrediction(double SigmaData = 0.5, EdmTarget Target = EdmTarget.Data) : Parameterisation
{
    /// <inheritdoc/>
    public override Preconditioning At(NoiseLevel level)
    {
        double total = level.Sigma * level.Sigma + SigmaData * SigmaData;
        double output = level.Sigma * SigmaData / Math.Sqrt(total);
        return new(1 / Math.Sqrt(total), SigmaData * SigmaData / total, Target == EdmTarget.Data ? output : -output, Math.Log(level.Sigma) / 4);
    }
}
