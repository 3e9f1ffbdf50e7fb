using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Denoisers.Oracles;
using Levare.Grids;
using Levare.Paths;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Solvers;

public sealed class PredictorCorrectorTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void It_draws_from_the_data_s_distribution_with_any_number_of_corrections(int corrections)
    {
        using DisposeScope scope = NewDisposeScope();
        const int Count = 5_000;
        Tensor mean = tensor(new[] { 1.0, -0.5 }), covariance = tensor(new[,] { { 1.2, 0.5 }, { 0.5, 0.6 } });
        using Gaussian gaussian = new(mean, covariance);
        TimeGrid grid = TimeGrid.Karras(120, 0.01, 20);
        using SeededNoise noise = new(3);
        Tensor start = gaussian.Sample(Count, 4) + noise.Draw(Count, 2) * grid[0].Sigma;
        Tensor end = Sampler.Sample(gaussian, new PredictorCorrector(corrections), grid, start, noise);
        Tensor centred = end - end.mean([0]);
        Assert.True((end.mean([0]) - mean).abs().max().item<double>() < 0.06, "mean");
        Tensor error = centred.t().matmul(centred) / Count - covariance;
        Assert.True(error.abs().max().item<double>() < 0.12, $"covariance error {string.Join(", ", error.data<double>())}");
    }

    [Fact]
    public void A_step_evaluates_once_for_each_correction_and_once_for_the_prediction_and_the_last_one_keeps_the_mean()
    {
        using DisposeScope scope = NewDisposeScope();
        using Gaussian gaussian = new(zeros(2, ScalarType.Float64), eye(2, dtype: ScalarType.Float64));
        CountingDenoiser denoiser = new(gaussian);
        RecordedNoise noise = new([.. Enumerable.Range(0, 5).Select(_ => ones(4, 2, ScalarType.Float64))]);
        Tensor end = Sampler.Sample(denoiser, new PredictorCorrector(2), TimeGrid.Karras(2, 0.5, 3), ones(4, 2, ScalarType.Float64), noise);
        Assert.Equal(6, denoiser.Count);
        Assert.Equal(5, noise.Used);
        Assert.True(end.Equals(denoiser.Last!));
    }

    private sealed class CountingDenoiser(IDenoiser inner) : IDenoiser
    {
        public int Count { get; private set; }

        public Tensor? Last { get; private set; }

        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
        {
            Count++;
            Estimate estimate = inner.Denoise(state, level, condition);
            Last = estimate.Denoised.clone().MoveToOuterDisposeScope();
            return estimate;
        }
    }
}
