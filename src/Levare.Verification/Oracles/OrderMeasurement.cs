using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Denoisers.Oracles;
using Levare.Grids;
using Levare.Paths;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification.Oracles;

/// <summary>Errors of solvers against closed forms, and the order that they show as steps become smaller.</summary>
public static class OrderMeasurement
{
    /// <summary>The error against the exact probability-flow map of a mixture in one dimension: the root of the mean square over states.</summary>
    public static double FlowError(ISolver solver, TimeGrid grid)
    {
        using DisposeScope scope = NewDisposeScope();
        GaussianMixture mixture = GaussianMixture.Isotropic(
            tensor(new[] { 0.4, 0.6 }), tensor(new[,] { { -1.0 }, { 1.2 } }), tensor(new[] { 0.6, 0.8 }));
        using (mixture)
        {
            NoiseLevel first = grid[0];
            double spread = Math.Sqrt(first.Alpha * first.Alpha * mixture.Covariance().item<double>() + first.Sigma * first.Sigma);
            Tensor start = linspace(-1.8, 1.8, 13, ScalarType.Float64).unsqueeze(1) * spread;
            Tensor end = Sampler.Sample(mixture, solver, grid, start, new ImpulseNoise());
            Tensor exact = new MixtureQuantileFlow(mixture).Flow(start, first, grid[^1]);
            return (end - exact).square().mean().sqrt().item<double>();
        }
    }

    /// <summary>The error of a stochastic solver's mean and standard deviation on a Gaussian, without any sampling error.</summary>
    /// <remarks>
    /// On a Gaussian every solver is affine in its start and its draws, so the end's moments follow from its response to each of them.
    /// The root of the mean square over dimensions of three variances, since the errors of one may cancel.
    /// </remarks>
    public static double MomentError(ISolver solver, TimeGrid grid)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor mean = full(3, 0.7, ScalarType.Float64), variance = tensor(new[] { 0.2, 0.6, 2 });
        using Gaussian gaussian = new(mean, variance.diag());
        (Tensor endMean, Tensor endVariance) = Moments(gaussian, solver, grid, mean * grid[0].Alpha, VarianceAt(grid[0]));
        Tensor errors = (endMean - mean * grid[^1].Alpha).square() + (endVariance.sqrt() - VarianceAt(grid[^1]).sqrt()).square();
        return errors.mean().sqrt().item<double>();

        Tensor VarianceAt(NoiseLevel level) => variance * (level.Alpha * level.Alpha) + level.Sigma * level.Sigma;
    }

    /// <summary>The means and variances of a run's end, exactly, where the run is affine in its start and its draws.</summary>
    /// <remarks>The rows of one batch are a run of zeros, one whose start is 1, and one for each draw in which that draw is 1.</remarks>
    /// <param name="denoiser">Affine in the state, each dimension for itself.</param>
    /// <param name="solver">The method.</param>
    /// <param name="grid">The levels.</param>
    /// <param name="mean">The start's means, float64 [dimensions].</param>
    /// <param name="variance">The start's variances, float64 [dimensions].</param>
    public static (Tensor Mean, Tensor Variance) Moments(IDenoiser denoiser, ISolver solver, TimeGrid grid, Tensor mean, Tensor variance)
    {
        using DisposeScope scope = NewDisposeScope();
        ImpulseNoise heard = new();
        _ = Sampler.Sample(denoiser, solver, grid, zeros(1, mean.numel(), dtype: ScalarType.Float64), heard);
        ImpulseNoise impulses = heard.Replay();
        Tensor start = zeros(2 + impulses.Impulses, mean.numel(), dtype: ScalarType.Float64);
        start[1] = 1.0;
        Tensor end = Sampler.Sample(denoiser, solver, grid, start, impulses);
        Tensor still = end[0], toStart = end[1] - still, toDraws = end[2..] - still;
        return ((still + toStart * mean).MoveToOuterDisposeScope(),
            (toStart.square() * variance + toDraws.square().sum([0])).MoveToOuterDisposeScope());
    }

    /// <summary>The slope of log error over log step size, by least squares.</summary>
    public static double Slope(IReadOnlyList<int> steps, IReadOnlyList<double> errors)
    {
        double[] x = [.. steps.Select(count => -Math.Log(count))], y = [.. errors.Select(error => Math.Log(error))];
        double meanX = x.Average(), meanY = y.Average();
        return x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
    }

    /// <summary>The evaluations of a run.</summary>
    public static int Evaluations(ISolver solver, TimeGrid grid)
    {
        using DisposeScope scope = NewDisposeScope();
        Counter counter = new();
        _ = Sampler.Sample(counter, solver, grid, zeros(1, 1, dtype: ScalarType.Float64), new ImpulseNoise());
        return counter.Count;
    }

    private sealed class Counter : IDenoiser
    {
        public int Count { get; private set; }

        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
        {
            Count++;
            return new(state * 0.5);
        }
    }
}
