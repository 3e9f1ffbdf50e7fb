using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Denoisers.Oracles;

/// <summary>Eigenvalues and eigenvectors of covariances.</summary>
internal static class PrincipalAxes
{
    /// <summary>Variances [..., d] and axes [..., d, d] (in columns) of covariances [..., d, d]; both are the caller's, in no scope.</summary>
    /// <exception cref="ArgumentException">A matrix is not symmetric or has a negative eigenvalue, beyond rounding.</exception>
    public static (Tensor Variances, Tensor Axes) Of(Tensor covariance)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor matrix = covariance.detach().to(ScalarType.Float64);
        double size = matrix.abs().max().item<double>();
        if (!double.IsFinite(size) || (matrix - matrix.mT).abs().max().item<double>() > 1e-9 * size)
            throw new ArgumentException("A covariance must be finite and symmetric.", nameof(covariance));
        (Tensor values, Tensor vectors) = linalg.eigh(matrix);
        if (values.min().item<double>() < -1e-9 * size)
            throw new ArgumentException($"A covariance must have no negative eigenvalue; this one has {values.min().item<double>():g3}.", nameof(covariance));
        return (values.clamp_min(0).DetachFromDisposeScope(), vectors.contiguous().DetachFromDisposeScope());
    }
}
