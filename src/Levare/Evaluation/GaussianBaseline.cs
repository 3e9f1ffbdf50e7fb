using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Evaluation;

/// <summary>The simplest model worth beating: a Gaussian in pixels for each class, with the mean and the full covariance of its pictures.</summary>
public static class GaussianBaseline
{
    private const int MostPictures = 3000;

    /// <summary>Samples, [labels, channels, size, size] within -1..1; they are the caller's.</summary>
    /// <param name="picturesOf">Gives a class's pictures, [count, channels, size, size], up to a number of them.</param>
    /// <param name="labels">The class of each sample.</param>
    /// <param name="seed">Gives the noise.</param>
    public static Tensor Sample(Func<int, int, Tensor> picturesOf, IReadOnlyList<int> labels, long seed)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        using Generator generator = new((ulong)seed, CPU);
        Tensor? samples = null;
        foreach (IGrouping<int, int> group in Enumerable.Range(0, labels.Count).GroupBy(i => labels[i]).OrderBy(group => group.Key))
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor pictures = picturesOf(group.Key, MostPictures);
            long[] positions = [.. group.Select(i => (long)i)];
            samples ??= zeros([labels.Count, .. pictures.shape[1..]]).MoveToOuterDisposeScope();
            Tensor flat = pictures.flatten(1), mean = flat.mean([0]);
            // Weighted sums of the centred pictures have exactly their covariance: no matrix needs to be decomposed.
            Tensor weights = randn([positions.Length, flat.shape[0]], generator: generator) / Math.Sqrt(flat.shape[0] - 1);
            Tensor drawn = (weights.mm(flat - mean) + mean).clamp(-1, 1).view([positions.Length, .. pictures.shape[1..]]);
            samples.index_copy_(0, tensor(positions), drawn);
        }
        return (samples ?? throw new ArgumentException("No sample is wanted.", nameof(labels))).MoveToOuterDisposeScope();
    }
}
