using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Evaluation;

/// <summary>Squared maximum mean discrepancies between two sets of features.</summary>
public static class KernelDistance
{
    private const double CmmdScale = 1000;

    /// <summary>KID (Binkowski et al. 2018): the unbiased estimate with the kernel <c>(x y / d + 1)^3</c>. May be below 0; unbiased at any number of samples.</summary>
    /// <param name="x">[samples, features], two samples or more.</param>
    /// <param name="y">[samples, features], as many features.</param>
    public static double Polynomial(Tensor x, Tensor y)
    {
        Features.Check(x, y, atLeast: 2);
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor a = Features.Double(x), b = Features.Double(y);
        Tensor xx = Kernel(a, a), yy = Kernel(b, b), xy = Kernel(a, b);
        double n = a.shape[0], m = b.shape[0];
        double within = ((xx.sum() - xx.trace()) / (n * (n - 1)) + (yy.sum() - yy.trace()) / (m * (m - 1))).item<double>();
        return within - 2 * xy.mean().item<double>();

        static Tensor Kernel(Tensor u, Tensor v) => (u.mm(v.t()) / u.shape[1] + 1).pow(3);
    }

    /// <summary>The mean and the standard deviation of <see cref="Polynomial"/> over subsets, as KID is usually reported.</summary>
    /// <param name="x">[samples, features].</param>
    /// <param name="y">[samples, features].</param>
    /// <param name="subsets">How many subsets are drawn.</param>
    /// <param name="size">Samples a subset, at most the smaller set.</param>
    /// <param name="seed">Draws the subsets.</param>
    public static (double Mean, double Deviation) PolynomialOverSubsets(Tensor x, Tensor y, int subsets, int size, long seed)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new((ulong)seed, CPU);
        double[] values = [.. Enumerable.Range(0, subsets).Select(_ => Polynomial(Draw(x), Draw(y)))];
        double mean = values.Average();
        return (mean, Math.Sqrt(values.Average(value => (value - mean) * (value - mean))));

        Tensor Draw(Tensor features) => features.index_select(0, randperm(features.shape[0], generator: generator)[..Math.Min(size, (int)features.shape[0])]);
    }

    /// <summary>CMMD (Jayasumana et al. 2024): 1000 times the biased estimate with a Gaussian kernel on features of length 1.</summary>
    /// <param name="x">[samples, features].</param>
    /// <param name="y">[samples, features].</param>
    /// <param name="sigma">The kernel's width.</param>
    public static double Gaussian(Tensor x, Tensor y, double sigma = 10)
    {
        Features.Check(x, y, atLeast: 1);
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor a = nn.functional.normalize(Features.Double(x), p: 2, dim: 1), b = nn.functional.normalize(Features.Double(y), p: 2, dim: 1);
        return CmmdScale * (Kernel(a, a) + Kernel(b, b) - 2 * Kernel(a, b)).item<double>();

        Tensor Kernel(Tensor u, Tensor v) => (Features.Distances(u, v).square() * (-1 / (2 * sigma * sigma))).exp().mean();
    }
}
