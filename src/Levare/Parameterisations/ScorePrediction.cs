using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Parameterisations;

/// <summary>The network predicts the score, the gradient of the log-density of noisy data (Song et al. 2021): -eps / sigma.</summary>
/// <remarks>Its input is given as it is. By Tweedie's formula the estimate is (x + sigma^2 score) / alpha.</remarks>
public sealed record ScorePrediction : Parameterisation
{
    /// <inheritdoc/>
    public override Preconditioning At(NoiseLevel level) => new(1, 1 / level.Alpha, level.Sigma * level.Sigma / level.Alpha, level.Time);

    /// <inheritdoc/>
    public override Tensor ToNoise(Tensor output, Tensor state, NoiseLevel level) => output * -level.Sigma;
}
