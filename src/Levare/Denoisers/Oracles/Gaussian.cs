using Levare.Conditioning;
using Levare.Paths;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Denoisers.Oracles;

/// <summary>One Gaussian with any covariance: its denoiser is linear and its probability flow a scaling of each principal axis.</summary>
/// <remarks>With covariance U diag(v) U', a state at a level has the variance alpha^2 v + sigma^2 along each column of U.</remarks>
public sealed class Gaussian : IOracle, IProbabilityFlow
{
    private readonly Tensor _mean;
    private readonly Tensor _variances;
    private readonly Tensor _axes;

    /// <summary>The Gaussian of a mean and a covariance.</summary>
    /// <param name="mean">[dimensions].</param>
    /// <param name="covariance">[dimensions, dimensions], symmetric and positive semi-definite.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or the covariance has a negative eigenvalue.</exception>
    public Gaussian(Tensor mean, Tensor covariance)
    {
        OracleState.RequireShape(mean, nameof(mean), mean.numel());
        OracleState.RequireShape(covariance, nameof(covariance), mean.numel(), mean.numel());
        _mean = OracleState.Copy(mean);
        (_variances, _axes) = PrincipalAxes.Of(covariance);
    }

    /// <inheritdoc/>
    public long Dimensions => _mean.numel();

    /// <inheritdoc/>
    public Tensor Mean() => _mean.clone();

    /// <inheritdoc/>
    public Tensor Covariance()
    {
        using DisposeScope scope = NewDisposeScope();
        return (_axes * _variances).matmul(_axes.t()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Sample(long count, long seed)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new((ulong)seed, CPU);
        Tensor draws = randn(count, Dimensions, dtype: ScalarType.Float64, generator: generator);
        return (_mean + (draws * _variances.sqrt()).matmul(_axes.t())).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition) => new(Denoised(state, level, _mean));

    /// <inheritdoc/>
    public Tensor Flow(Tensor state, NoiseLevel from, NoiseLevel to) => Flow(state, from, to, _mean);

    /// <inheritdoc/>
    public void Dispose()
    {
        _mean.Dispose();
        _variances.Dispose();
        _axes.Dispose();
    }

    /// <summary>E[x0 | x] when the mean is another, [dimensions] or one a row.</summary>
    internal Tensor Denoised(Tensor state, NoiseLevel level, Tensor mean)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = OracleState.Flatten(state, Dimensions);
        Tensor centre = mean.to(state.device);
        Tensor gains = _variances * level.Alpha / VariancesAt(level);
        return OracleState.Restore(centre + Scale(x - centre * level.Alpha, gains), state).MoveToOuterDisposeScope();
    }

    /// <summary>The probability flow when the mean is another, [dimensions] or one a row.</summary>
    internal Tensor Flow(Tensor state, NoiseLevel from, NoiseLevel to, Tensor mean)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = OracleState.Flatten(state, Dimensions);
        Tensor centre = mean.to(state.device);
        Tensor factors = (VariancesAt(to) / VariancesAt(from)).sqrt();
        return OracleState.Restore(centre * to.Alpha + Scale(x - centre * from.Alpha, factors), state).MoveToOuterDisposeScope();
    }

    private Tensor VariancesAt(NoiseLevel level) =>
        (_variances * (level.Alpha * level.Alpha) + level.Sigma * level.Sigma).clamp_min(OracleState.SmallestVariance);

    // U diag(factors) U' applied to every row.
    private Tensor Scale(Tensor rows, Tensor factors)
    {
        Tensor axes = _axes.to(rows.device);
        return (rows.matmul(axes) * factors.to(rows.device)).matmul(axes.t());
    }
}
