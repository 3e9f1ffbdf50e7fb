using Levare.Conditioning;
using Levare.Paths;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Denoisers.Oracles;

/// <summary>Equal mass on each of finitely many points: what a network that learned its training set by heart would say.</summary>
/// <remarks>The estimate is the mean of the points, each weighted by how likely the state is as a noisy copy of it.</remarks>
public sealed class FiniteDataSet : IOracle
{
    private readonly Tensor _points;
    private readonly Tensor _halfSquares;

    /// <summary>The distribution of given points.</summary>
    /// <param name="points">[points, ...], copied.</param>
    public FiniteDataSet(Tensor points)
    {
        if (points.ndim < 2 || points.numel() == 0)
            throw new ArgumentException($"'points' must be [points, ...] and not empty, not [{string.Join(", ", points.shape)}].", nameof(points));
        using DisposeScope scope = NewDisposeScope();
        _points = OracleState.Copy(points.reshape(points.shape[0], -1));
        _halfSquares = (_points.square().sum([1]) / 2).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public long Dimensions => _points.shape[1];

    /// <inheritdoc/>
    public Tensor Mean() => _points.mean([0]);

    /// <inheritdoc/>
    public Tensor Covariance()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor centred = _points - _points.mean([0]);
        return (centred.t().matmul(centred) / _points.shape[0]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Sample(long count, long seed)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new((ulong)seed, CPU);
        return _points[randint(_points.shape[0], count, dtype: ScalarType.Int64, generator: generator)].MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = OracleState.Flatten(state, Dimensions), points = _points.to(state.device);
        double variance = Math.Max(level.Sigma * level.Sigma, OracleState.SmallestVariance);
        // -|x - alpha p|^2 / 2 without |x|^2, which is the same for all points.
        Tensor closeness = x.matmul(points.t()) * level.Alpha - _halfSquares.to(state.device) * (level.Alpha * level.Alpha);
        Tensor shares = nn.functional.softmax((closeness - closeness.amax([1], keepdim: true)) / variance, 1);
        return new(OracleState.Restore(shares.matmul(points), state).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _points.Dispose();
        _halfSquares.Dispose();
    }
}
