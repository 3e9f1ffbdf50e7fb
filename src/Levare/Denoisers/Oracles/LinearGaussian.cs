using Levare.Conditioning;
using Levare.Paths;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Denoisers.Oracles;

/// <summary>Gaussian data of which a noisy linear measurement y = A x0 + n is known: the exact conditional model.</summary>
/// <remarks>
/// Given y the data is Gaussian again (Bishop 2006, eq. 2.116), with a covariance that does not depend on y. Without the condition
/// <see cref="MeasurementKey"/> the denoiser is that of the prior, so guidance can be held against the closed form.
/// </remarks>
public sealed class LinearGaussian : IOracle, IDisposable
{
    /// <summary>The name of the condition that holds the measurement, [batch, measurements].</summary>
    public const string MeasurementKey = "measurement";

    private readonly Gaussian _prior;
    private readonly Gaussian _posterior;
    private readonly Tensor _mean;
    private readonly Tensor _operator;
    private readonly Tensor _gain;

    /// <summary>The model of a prior and a measurement.</summary>
    /// <param name="mean">[dimensions].</param>
    /// <param name="covariance">[dimensions, dimensions].</param>
    /// <param name="measurement">A, [measurements, dimensions].</param>
    /// <param name="deviation">The standard deviation of n, above 0.</param>
    public LinearGaussian(Tensor mean, Tensor covariance, Tensor measurement, double deviation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(deviation);
        OracleState.RequireShape(measurement, nameof(measurement), measurement.shape[0], mean.numel());
        _prior = new(mean, covariance);
        using DisposeScope scope = NewDisposeScope();
        Tensor c = covariance.to(ScalarType.Float64), a = OracleState.Copy(measurement);
        Tensor spread = a.matmul(c).matmul(a.t()) + eye(a.shape[0], dtype: ScalarType.Float64) * (deviation * deviation);
        Tensor gain = linalg.solve(spread, a.matmul(c)).t().contiguous();
        Tensor posterior = c - gain.matmul(a).matmul(c);
        _mean = OracleState.Copy(mean);
        _operator = a;
        _gain = gain.DetachFromDisposeScope();
        _posterior = new(mean, (posterior + posterior.t()) / 2);
    }

    /// <inheritdoc/>
    public long Dimensions => _prior.Dimensions;

    /// <inheritdoc/>
    public Tensor Mean() => _prior.Mean();

    /// <inheritdoc/>
    public Tensor Covariance() => _prior.Covariance();

    /// <inheritdoc/>
    public Tensor Sample(long count, long seed) => _prior.Sample(count, seed);

    /// <summary>The mean of the data given measurements [batch, measurements]: float64 [batch, dimensions].</summary>
    public Tensor PosteriorMean(Tensor measurement)
    {
        OracleState.RequireShape(measurement, MeasurementKey, measurement.shape[0], _operator.shape[0]);
        using DisposeScope scope = NewDisposeScope();
        Tensor surprise = measurement.to(ScalarType.Float64).cpu() - _mean.unsqueeze(0).matmul(_operator.t());
        return (_mean + surprise.matmul(_gain.t())).MoveToOuterDisposeScope();
    }

    /// <summary>The covariance of the data given any measurement, float64 [dimensions, dimensions].</summary>
    public Tensor PosteriorCovariance() => _posterior.Covariance();

    /// <inheritdoc/>
    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
    {
        if (condition.Find(MeasurementKey) is not { } measurement) return _prior.Denoise(state, level, condition);
        using Tensor mean = PosteriorMean(measurement);
        return new(_posterior.Denoised(state, level, mean));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _prior.Dispose();
        _posterior.Dispose();
        _mean.Dispose();
        _operator.Dispose();
        _gain.Dispose();
    }
}
