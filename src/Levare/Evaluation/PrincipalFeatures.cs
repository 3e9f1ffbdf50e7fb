using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Evaluation;

/// <summary>Pictures in the principal components of a set of them: for data without classes, where no classifier can be trained.</summary>
/// <remarks>These features know colours and large shapes and little else.</remarks>
public sealed class PrincipalFeatures : IFeatureExtractor, IDisposable
{
    private readonly Tensor _mean, _directions;

    /// <summary>The components of pictures.</summary>
    /// <param name="pictures">[count, channels, size, size]; a few thousand are enough.</param>
    /// <param name="count">How many components.</param>
    public PrincipalFeatures(Tensor pictures, int count)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor flat = pictures.flatten(1);
        count = (int)Math.Min(count, Math.Min(flat.shape[0], flat.shape[1]));
        Tensor mean = flat.mean([0]);
        (_, _, Tensor directions) = linalg.svd(flat - mean, fullMatrices: false);
        _mean = mean.DetachFromDisposeScope();
        _directions = directions[..count].t().contiguous().DetachFromDisposeScope();
        Name = $"pixels-pca-{count}";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public Tensor Extract(Tensor pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        return (pictures.flatten(1) - _mean).mm(_directions).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _mean.Dispose();
        _directions.Dispose();
    }
}
