using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Evaluation;

/// <summary>The inception score (Salimans et al. 2016): exp of the mean divergence of a classifier's answers from their mean.</summary>
public static class InceptionScore
{
    /// <summary>The mean and the standard deviation of the score over equal parts of the samples.</summary>
    /// <param name="probabilities">[samples, classes]; each row sums to 1.</param>
    /// <param name="splits">How many parts; 1 for the plain score.</param>
    public static (double Mean, double Deviation) Of(Tensor probabilities, int splits = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(splits, 1);
        if (probabilities.dim() != 2 || probabilities.shape[0] < splits)
            throw new ArgumentException($"Probabilities are [samples, classes] with at least {splits} samples, not [{string.Join(", ", probabilities.shape)}].", nameof(probabilities));
        using DisposeScope scope = NewDisposeScope();
        Tensor all = Features.Double(probabilities);
        long size = all.shape[0] / splits;
        double[] scores = [.. Enumerable.Range(0, splits).Select(i => Score(all.narrow(0, i * size, size)))];
        double mean = scores.Average();
        return (mean, Math.Sqrt(scores.Average(score => (score - mean) * (score - mean))));
    }

    private static double Score(Tensor p) => Math.Exp((p * (Log(p) - Log(p.mean([0], keepdim: true)))).sum(1).mean().item<double>());

    // 0 ln 0 counts as 0.
    private static Tensor Log(Tensor p) => p.clamp(min: 1e-300).log();
}
