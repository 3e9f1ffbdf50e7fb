using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Denoisers.Oracles;
using Levare.Paths;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Denoisers.Oracles;

public sealed class OracleTests : IDisposable
{
    private static readonly NoiseLevel[] Levels = [new(0, 1, 0.3), new(0, 0.8, 0.6), new(0, 0.3, 0.7), new(0, 1, 5), new(0, 0, 1)];
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void The_mixture_s_denoiser_is_the_mean_of_the_data_given_the_state()
    {
        // By quadrature: E[x0 | x] = integral of x0 p(x0) N(x; alpha x0, sigma^2) over the same without x0.
        using GaussianMixture mixture = Line();
        Tensor grid = linspace(-12, 12, 40001, ScalarType.Float64);
        Tensor density = tensor(new[] { 0.3, 0.7 }) / tensor(new[] { 0.5, 0.8 })
            * (-((grid.unsqueeze(1) - tensor(new[] { -1.0, 2.0 })) / tensor(new[] { 0.5, 0.8 })).square() / 2).exp();
        Tensor prior = density.sum([1]);
        Tensor states = tensor(new[] { -3.0, -0.4, 0.1, 1.7, 4 }).unsqueeze(1);
        foreach (NoiseLevel level in Levels)
        {
            Tensor weights = prior * (-(states - grid * level.Alpha).square() / (2 * level.Sigma * level.Sigma)).exp();
            Tensor expected = (weights * grid).sum([1]) / weights.sum([1]);
            Close(expected, mixture.Denoise(states, level, Condition.None).Denoised.squeeze(1), 1e-9);
        }
    }

    [Fact]
    public void A_mixture_of_one_is_the_Gaussian()
    {
        (Tensor mean, Tensor covariance) = Plane();
        using Gaussian gaussian = new(mean, covariance);
        using GaussianMixture mixture = GaussianMixture.Full(ones(1), mean.unsqueeze(0), covariance.unsqueeze(0));
        Tensor states = Normal(7, 2) * 3;
        foreach (NoiseLevel level in Levels)
            Close(gaussian.Denoise(states, level, Condition.None).Denoised, mixture.Denoise(states, level, Condition.None).Denoised, 1e-12);
        Close(covariance, gaussian.Covariance(), 1e-12);
        Close(covariance, mixture.Covariance(), 1e-12);
    }

    [Fact]
    public void An_isotropic_mixture_is_the_full_one_with_spheres()
    {
        Tensor weights = tensor(new[] { 1.0, 3.0 }), means = Normal(2, 3), deviations = tensor(new[] { 0.5, 2.0 });
        using GaussianMixture isotropic = GaussianMixture.Isotropic(weights, means, deviations);
        using GaussianMixture full = GaussianMixture.Full(weights, means, eye(3, dtype: ScalarType.Float64) * deviations.square().reshape(2, 1, 1));
        Tensor states = Normal(7, 3) * 3;
        foreach (NoiseLevel level in Levels)
            Close(isotropic.Denoise(states, level, Condition.None).Denoised, full.Denoise(states, level, Condition.None).Denoised, 1e-12);
        Close(isotropic.Covariance(), full.Covariance(), 1e-12);
    }

    [Fact]
    public void A_data_set_is_the_mixture_of_spheres_without_width()
    {
        Tensor points = Normal(5, 3);
        using FiniteDataSet set = new(points);
        using GaussianMixture spheres = GaussianMixture.Isotropic(ones(5), points, zeros(5));
        Tensor states = Normal(7, 3);
        foreach (NoiseLevel level in Levels)
            Close(spheres.Denoise(states, level, Condition.None).Denoised, set.Denoise(states, level, Condition.None).Denoised, 1e-10);
        Close(spheres.Covariance(), set.Covariance(), 1e-12);
    }

    [Fact]
    public void Without_noise_a_data_set_answers_with_the_nearest_point()
    {
        Tensor points = Normal(5, 1, 2, 2);
        using FiniteDataSet set = new(points);
        Tensor answer = set.Denoise(points + 0.01, new NoiseLevel(0, 1, 0), Condition.None).Denoised;
        Close(points, answer, 0);
    }

    [Fact]
    public void A_measurement_that_is_exact_in_one_direction_fixes_that_direction()
    {
        (Tensor mean, Tensor covariance) = Plane();
        using LinearGaussian model = new(mean, covariance, tensor(new[,] { { 1.0, -2.0 } }), 1e-6);
        Tensor measured = tensor(new[] { 0.7, -1.3 }).unsqueeze(1);
        Condition condition = Condition.None.With(LinearGaussian.MeasurementKey, measured);
        Tensor denoised = model.Denoise(Normal(2, 2), new NoiseLevel(0, 1, 2), condition).Denoised;
        Close(measured.squeeze(1), denoised[.., 0] - denoised[.., 1] * 2, 1e-6);
    }

    [Fact]
    public void The_conditional_denoiser_of_a_linear_Gaussian_weighs_state_and_measurement_by_their_precision()
    {
        // One dimension, by hand: precisions 1/4 (prior), 1/0.25 (measurement), alpha^2/sigma^2 (state).
        using LinearGaussian model = new(tensor(new[] { 1.0 }), tensor(new[,] { { 4.0 } }), tensor(new[,] { { 1.0 } }), 0.5);
        NoiseLevel level = new(0, 0.8, 0.6);
        Condition condition = Condition.None.With(LinearGaussian.MeasurementKey, tensor(new[,] { { 2.0 } }));
        double expected = (1 / 4.0 * 1 + 1 / 0.25 * 2 + 0.8 * 0.3 / 0.36) / (1 / 4.0 + 1 / 0.25 + 0.64 / 0.36);
        Assert.Equal(expected, model.Denoise(tensor(new[,] { { 0.3 } }), level, condition).Denoised.item<double>(), 12);
        double prior = (1 / 4.0 * 1 + 0.8 * 0.3 / 0.36) / (1 / 4.0 + 0.64 / 0.36);
        Assert.Equal(prior, model.Denoise(tensor(new[,] { { 0.3 } }), level, Condition.None).Denoised.item<double>(), 12);
    }

    [Fact]
    public void A_row_that_knows_its_component_is_denoised_by_it_alone()
    {
        using GaussianMixture mixture = Line();
        using Gaussian second = new(tensor(new[] { 2.0 }), tensor(new[,] { { 0.64 } }));
        Tensor states = tensor(new[,] { { 0.5 }, { 0.5 } });
        Condition condition = Condition.None.With(GaussianMixture.ComponentKey, tensor(new[] { 1L, -1L }));
        Tensor answer = mixture.Denoise(states, Levels[1], condition).Denoised;
        Close(second.Denoise(states[..1], Levels[1], Condition.None).Denoised, answer[..1], 1e-12);
        Close(mixture.Denoise(states[1..], Levels[1], Condition.None).Denoised, answer[1..], 1e-12);
    }

    [Fact]
    public void Draws_have_the_distribution_s_mean_and_covariance()
    {
        (Tensor mean, Tensor covariance) = Plane();
        using Gaussian gaussian = new(mean, covariance);
        using GaussianMixture mixture = GaussianMixture.Full(
            tensor(new[] { 0.25, 0.75 }), stack([mean, -mean]), stack([covariance, covariance / 4]));
        using FiniteDataSet set = new(Normal(4, 2));
        foreach (IOracle oracle in new IOracle[] { gaussian, mixture, set })
        {
            const long Count = 200_000;
            Tensor draws = oracle.Sample(Count, 3);
            // Five standard errors; the fourth moment of these is below 4 variances squared.
            double error = 5 * Math.Sqrt(oracle.Covariance().diagonal().max().item<double>() / Count);
            Close(oracle.Mean(), draws.mean([0]), error);
            Tensor centred = draws - draws.mean([0]);
            Close(oracle.Covariance(), centred.t().matmul(centred) / Count, 5 * 2 * oracle.Covariance().abs().max().item<double>() / Math.Sqrt(Count));
            Assert.True(oracle.Sample(5, 3).Equals(oracle.Sample(5, 3)));
        }
    }

    [Fact]
    public void The_flow_of_a_Gaussian_solves_the_probability_flow_ODE()
    {
        (Tensor mean, Tensor covariance) = Plane();
        using Gaussian gaussian = new(mean, covariance);
        SolvesTheOde(gaussian, gaussian, Normal(6, 2) * 2);
    }

    [Fact]
    public void The_quantile_map_solves_the_probability_flow_ODE()
    {
        using GaussianMixture mixture = Line();
        SolvesTheOde(new MixtureQuantileFlow(mixture), mixture, tensor(new[] { -4.0, -1, 0.2, 0.9, 5 }).unsqueeze(1));
    }

    [Fact]
    public void The_quantile_map_goes_there_and_back()
    {
        using GaussianMixture mixture = Line();
        MixtureQuantileFlow flow = new(mixture);
        Tensor states = linspace(-60, 60, 41, ScalarType.Float64).unsqueeze(1);
        NoiseLevel noisy = new(0, 1, 10), clean = new(0, 1, 0);
        Close(states, flow.Flow(flow.Flow(states, noisy, clean), clean, noisy), 1e-7);
    }

    [Fact]
    public void A_state_of_another_size_is_an_error_that_says_which_is_right()
    {
        using GaussianMixture mixture = Line();
        var error = Assert.Throws<ArgumentException>(() => mixture.Denoise(zeros(3, 2), Levels[0], Condition.None));
        Assert.Contains("1 dimensions", error.Message);
        Assert.Contains("[3, 2]", error.Message);
    }

    [Fact]
    public void Oracles_answer_in_the_state_s_shape_and_type_and_leave_nothing_behind()
    {
        using GaussianMixture mixture = GaussianMixture.Isotropic(ones(2), Normal(2, 12), ones(2));
        Tensor states = randn(5, 3, 2, 2);
        long before = LiveTensors.Count;
        using (Tensor answer = mixture.Denoise(states, Levels[0], Condition.None).Denoised)
        {
            Assert.Equal(states.shape, answer.shape);
            Assert.Equal(ScalarType.Float32, answer.dtype);
            Assert.Equal(1, LiveTensors.Count - before);
        }
    }

    private static GaussianMixture Line() => GaussianMixture.Isotropic(
        tensor(new[] { 0.3, 0.7 }), tensor(new[,] { { -1.0 }, { 2.0 } }), tensor(new[] { 0.5, 0.8 }));

    private static (Tensor Mean, Tensor Covariance) Plane() => (tensor(new[] { 1.0, -2.0 }), tensor(new[,] { { 2.0, 0.7 }, { 0.7, 0.5 } }));

    private static Tensor Normal(params long[] shape) => randn(shape, ScalarType.Float64, generator: new Generator(11));

    // On a variance-exploding path dx/dsigma = (x - D(x)) / sigma; a central difference of the closed form must agree.
    private static void SolvesTheOde(IProbabilityFlow flow, IDenoiser denoiser, Tensor states)
    {
        foreach (double sigma in new[] { 0.2, 1, 6 })
        {
            const double Step = 1e-4;
            NoiseLevel from = new(8, 1, 8), now = new(sigma, 1, sigma);
            Tensor ahead = flow.Flow(states, from, new(0, 1, sigma + Step)), behind = flow.Flow(states, from, new(0, 1, sigma - Step));
            Tensor x = flow.Flow(states, from, now);
            Close((x - denoiser.Denoise(x, now, Condition.None).Denoised) / sigma, (ahead - behind) / (2 * Step), 1e-6);
        }
    }

    private static void Close(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        double error = (expected - actual).abs().max().item<double>();
        Assert.True(error <= tolerance, $"error {error:g3}, allowed {tolerance:g3}");
    }
}
