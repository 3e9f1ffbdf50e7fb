using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Evaluation;

/// <summary>The Frechet distance between Gaussians fitted to two sets of features (Heusel et al. 2017; FID, where the features are Inception's).</summary>
/// <remarks>Biased upwards for few samples: compare only values of equal numbers of samples, beside a floor of real against real.</remarks>
public static class FrechetDistance
{
    /// <summary>The distance: <c>|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))</c>, 0 or more.</summary>
    /// <param name="x">[samples, features], two samples or more.</param>
    /// <param name="y">[samples, features], as many features.</param>
    public static double Between(Tensor x, Tensor y)
    {
        Features.Check(x, y, atLeast: 2);
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        (Tensor meanX, Tensor covarianceX) = Moments(Features.Double(x));
        (Tensor meanY, Tensor covarianceY) = Moments(Features.Double(y));
        // tr((S1 S2)^(1/2)) is the sum of the roots of the eigenvalues of S1^(1/2) S2 S1^(1/2), which is symmetric.
        Tensor root = SymmetricRoot(covarianceX);
        Tensor product = root.mm(covarianceY).mm(root);
        Tensor eigenvalues = linalg.eigvalsh((product + product.t()) / 2);
        double traces = (covarianceX.trace() + covarianceY.trace()).item<double>();
        double roots = eigenvalues.clamp(min: 0).sqrt().sum().item<double>();
        return Math.Max(0, (meanX - meanY).square().sum().item<double>() + traces - 2 * roots);
    }

    private static (Tensor Mean, Tensor Covariance) Moments(Tensor features)
    {
        Tensor mean = features.mean([0]);
        Tensor centred = features - mean;
        return (mean, centred.t().mm(centred) / (features.shape[0] - 1));
    }

    private static Tensor SymmetricRoot(Tensor matrix)
    {
        (Tensor values, Tensor vectors) = linalg.eigh(matrix);
        return (vectors * values.clamp(min: 0).sqrt()).mm(vectors.t());
    }
}
