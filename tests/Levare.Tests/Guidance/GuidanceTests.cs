using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Denoisers.Oracles;
using Levare.Grids;
using Levare.Guidance;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Guidance;

public sealed class GuidanceTests : IDisposable
{
    private static readonly NoiseLevel Level = new(0, 0.8, 0.6);
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly GaussianMixture _model;
    private readonly Condition _null;
    private readonly Condition _condition;
    private readonly Tensor _states;
    private readonly Tensor _conditional;
    private readonly Tensor _unconditional;

    public GuidanceTests()
    {
        Generator generator = new(5);
        _model = GaussianMixture.Isotropic(tensor(new[] { 0.3, 0.7 }), randn([2, 12], ScalarType.Float64, generator: generator) * 2, tensor(new[] { 0.5, 0.8 }));
        _null = Condition.None.With(GaussianMixture.ComponentKey, tensor(new[] { -1L }));
        _condition = Condition.None.With(GaussianMixture.ComponentKey, tensor(new[] { 0L, 1, 1 }));
        _states = randn([3, 3, 2, 2], ScalarType.Float64, generator: generator) * 2;
        _conditional = _model.Denoise(_states, Level, _condition).Denoised;
        _unconditional = _model.Denoise(_states, Level, Condition.None).Denoised;
    }

    public void Dispose()
    {
        _model.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Classifier_free_guidance_extrapolates_from_the_unconditional_through_the_conditional_estimate()
    {
        ClassifierFreeGuidance guidance = new(_model, _null, 3);
        Close(_unconditional + (_conditional - _unconditional) * 3, Guided(guidance));
    }

    [Fact]
    public void Without_noise_in_the_state_guidance_keeps_what_is_predicted()
    {
        NoiseLevel clean = new(0, 1, 0);
        Fixed strong = new(new(_states) { Noise = _states * 3 }), weak = new(new(_states) { Noise = _states });
        DenoiserPair pair = new(strong, weak);
        Close(_states * 5, Noise(new ClassifierFreeGuidance(pair, 2)));
        Close(_states * 7, Noise(new PerturbedGuidance(strong, weak, 2)));
        Close(_states * 3, Noise(new AdaptiveProjectedGuidance(pair, 2)));
        Close(_states * 5, Noise(new RescaledGuidance(pair, 2, 0, new EpsilonPrediction())));

        Tensor Noise(IDenoiser guidance) => guidance.Denoise(_states, clean, Condition.None).Epsilon(_states, clean);
    }

    [Fact]
    public void On_two_Gaussians_of_one_variance_guidance_shifts_the_mean_by_scale_times_their_distance()
    {
        // Conditional N(m, C), unconditional N(0, C): both denoisers have one gain g, so the guided one is that of N(scale m, C).
        using Gaussian shifted = new(tensor(new[] { 2.0 }), tensor(new[,] { { 1.5 } })), centred = new(zeros(1), tensor(new[,] { { 1.5 } }));
        using Gaussian expected = new(tensor(new[] { 2.0 * 4 }), tensor(new[,] { { 1.5 } }));
        Tensor states = linspace(-3, 3, 7, ScalarType.Float64).unsqueeze(1);
        ClassifierFreeGuidance guidance = new(new DenoiserPair(shifted, centred), 4);
        Close(expected.Denoise(states, Level, Condition.None).Denoised, guidance.Denoise(states, Level, Condition.None).Denoised);
    }

    [Fact]
    public void One_batch_and_two_calls_give_the_same()
    {
        Tensor batched = Guided(new ClassifierFreeGuidance(new BatchedConditionPair(_model, _null), 5));
        Tensor sequential = Guided(new ClassifierFreeGuidance(new SequentialConditionPair(_model, _null), 5));
        Close(sequential, batched);
    }

    [Fact]
    public void The_batch_is_in_the_order_negative_then_positive()
    {
        Probe probe = new(_model);
        _ = Guided(new ClassifierFreeGuidance(probe, _null, 5));
        Assert.Equal([-1L, -1, -1, 0, 1, 1], probe.Conditions.Single()[GaussianMixture.ComponentKey].data<long>().ToArray());
    }

    [Theory]
    [InlineData("cfg")]
    [InlineData("rescaled")]
    [InlineData("apg")]
    [InlineData("auto")]
    [InlineData("perturbed")]
    public void At_the_scale_of_no_guidance_the_result_is_the_conditional_one_to_the_bit_at_one_evaluation(string kind)
    {
        Probe probe = new(_model);
        BatchedConditionPair pair = new(probe, _null);
        IDenoiser guidance = kind switch
        {
            "cfg" => new ClassifierFreeGuidance(pair, 1),
            "rescaled" => new RescaledGuidance(pair, 1, 0.7),
            "apg" => new AdaptiveProjectedGuidance(pair, 1) { Momentum = -0.5, Threshold = 1 },
            "auto" => new Autoguidance(probe, probe, 1),
            _ => new PerturbedGuidance(probe, probe, 0),
        };
        Assert.True(Guided(guidance).Equals(_conditional));
        Assert.Equal(3, probe.Rows);
    }

    [Fact]
    public void A_negative_condition_of_another_batch_is_refused_by_name()
    {
        Condition wrong = Condition.None.With(GaussianMixture.ComponentKey, tensor(new[] { -1L, -1 }));
        var error = Assert.Throws<ArgumentException>(() => Guided(new ClassifierFreeGuidance(_model, wrong, 2)));
        Assert.Contains("'component' has 2 rows; 1 or 3", error.Message);
    }

    [Fact]
    public void Learned_variance_is_the_conditional_one_and_separate_noise_is_guided_like_the_data()
    {
        Tensor variance = randn(6, 3, 2, 2), noise = randn(6, 3, 2, 2);
        Fixed denoiser = new(new Estimate(randn(6, 3, 2, 2)) { Variance = variance, Noise = noise });
        Estimate guided = new ClassifierFreeGuidance(denoiser, _null, 3).Denoise(_states, Level, _condition);
        Assert.True(guided.Variance!.Equals(variance[3..]));
        Close(noise[..3] + (noise[3..] - noise[..3]) * 3, guided.Noise!, 1e-5);
    }

    [Fact]
    public void Rescaled_guidance_gives_each_row_the_conditional_standard_deviation_back()
    {
        Tensor full = Guided(new RescaledGuidance(new BatchedConditionPair(_model, _null), 8, 1));
        Close(Deviation(_conditional), Deviation(full));
        Tensor plain = Guided(new ClassifierFreeGuidance(_model, _null, 8));
        Assert.True((Deviation(plain) - Deviation(full)).abs().max().item<double>() > 0.1);
        Tensor partly = Guided(new RescaledGuidance(new BatchedConditionPair(_model, _null), 8, 0.7));
        Close(full * 0.7 + plain * 0.3, partly);
    }

    [Fact]
    public void Rescaled_guidance_of_a_network_s_output_keeps_that_output_s_deviation()
    {
        EpsilonPrediction epsilon = new();
        Tensor guided = Guided(new RescaledGuidance(new BatchedConditionPair(_model, _null), 8, 1, epsilon));
        Close(Deviation(epsilon.ToOutput(_conditional, _states, Level)), Deviation(epsilon.ToOutput(guided, _states, Level)));
    }

    [Theory]
    [InlineData(0.5, true)]
    [InlineData(1, true)]
    [InlineData(0.2, false)]
    [InlineData(1.01, false)]
    public void Outside_its_interval_guidance_is_not_asked(double sigma, bool inside)
    {
        Probe guided = new(_model), plain = new(_model);
        GuidanceInterval interval = new(guided, plain, 0.2, 1);
        _ = interval.Denoise(_states, new NoiseLevel(0, 1, sigma), _condition);
        Assert.Equal(inside ? (3, 0) : (0, 3), (guided.Rows, plain.Rows));
    }

    [Fact]
    public void The_interval_is_in_sigma_over_alpha()
    {
        Probe guided = new(_model);
        _ = new GuidanceInterval(guided, _model, 1.1, 1.3).Denoise(_states, new NoiseLevel(0, 0.5, 0.6), _condition);
        Assert.Equal(3, guided.Rows);
    }

    [Fact]
    public void Autoguidance_goes_away_from_the_weak_model()
    {
        using FiniteDataSet weak = new(zeros(1, 12));
        Close(_conditional * 2.5, Guided(new Autoguidance(_model, weak, 2.5)));
    }

    [Fact]
    public void Cfg_plus_plus_adds_the_unconditional_noise_back()
    {
        Estimate estimate = new CfgPlusPlus(new BatchedConditionPair(_model, _null), 0.6).Denoise(_states, Level, _condition);
        Close(_unconditional * 0.4 + _conditional * 0.6, estimate.Denoised);
        Close((_states - _unconditional * 0.8) / 0.6, estimate.Epsilon(_states, Level));
        // At a scale of 1, where classifier-free guidance is the conditional model, CFG++ is not.
        Estimate one = new CfgPlusPlus(new BatchedConditionPair(_model, _null), 1).Denoise(_states, Level, _condition);
        Close((_states - _unconditional * 0.8) / 0.6, one.Epsilon(_states, Level));
    }

    [Fact]
    public void A_step_of_DDIM_under_CfgPlusPlus_is_the_paper_s()
    {
        TimeGrid grid = new([Level, new NoiseLevel(0, 0.9, 0.3)]);
        CfgPlusPlus guidance = new(new BatchedConditionPair(_model, _null), 0.6);
        Tensor next = Sampler.Sample(guidance, new Euler(), grid, _states, new RecordedNoise([]), _condition);
        Tensor denoised = _unconditional * 0.4 + _conditional * 0.6;
        Close(denoised * 0.9 + (_states - _unconditional * 0.8) / 0.6 * 0.3, next);
    }

    [Fact]
    public void Projected_guidance_with_everything_kept_is_classifier_free_guidance()
    {
        Tensor apg = Guided(new AdaptiveProjectedGuidance(new BatchedConditionPair(_model, _null), 6) { Eta = 1 });
        Close(Guided(new ClassifierFreeGuidance(_model, _null, 6)), apg);
    }

    [Fact]
    public void Projected_guidance_adds_nothing_along_the_conditional_estimate_and_no_more_than_the_threshold()
    {
        Tensor apg = Guided(new AdaptiveProjectedGuidance(new BatchedConditionPair(_model, _null), 6));
        Tensor update = (apg - _conditional).reshape(3, -1), direction = _conditional.reshape(3, -1);
        Close(zeros(3, ScalarType.Float64), (update * direction).sum([1]) / direction.square().sum([1]));
        Assert.True(update.abs().max().item<double>() > 0.1);
        Tensor cut = Guided(new AdaptiveProjectedGuidance(new BatchedConditionPair(_model, _null), 6) { Eta = 1, Threshold = 0.01 });
        Tensor length = (_conditional - _unconditional).reshape(3, -1).square().sum([1]).sqrt();
        Assert.True(length.max().item<double>() > 0.01);
        Close(length.clamp_max(0.01) * 5, (cut - _conditional).reshape(3, -1).square().sum([1]).sqrt());
    }

    [Fact]
    public void Momentum_remembers_the_last_difference_within_a_run_and_only_there()
    {
        AdaptiveProjectedGuidance guidance = new(new BatchedConditionPair(_model, _null), 2) { Eta = 1, Momentum = -0.5 };
        Tensor difference = _conditional - _unconditional;
        using (DenoisingRun run = new())
        {
            IDenoiser running = guidance.ForRun(run);
            Close(_conditional + difference, Guided(running));
            Close(_conditional + difference * 0.5, Guided(running));
            Close(_conditional + difference * 0.75, Guided(running));
        }
        Close(_conditional + difference, Guided(guidance));
    }

    [Fact]
    public void Momentum_begins_anew_with_each_run_and_leaves_no_tensor_behind()
    {
        AdaptiveProjectedGuidance guidance = new(new BatchedConditionPair(_model, _null), 4) { Momentum = -0.5 };
        Tensor start = _states * 80, first = Run(guidance, start);
        long before = LiveTensors.Count;
        using (Tensor second = Run(guidance, start)) Assert.True(first.Equals(second));
        Assert.Equal(before, LiveTensors.Count);
        Assert.False(Run(guidance with { Momentum = 0 }, start).Equals(first));
    }

    [Fact]
    public void Dynamic_thresholding_squeezes_rows_that_go_too_far_and_leaves_others()
    {
        Tensor rows = tensor(new[,] { { -0.5, 0.2, 0.9, 0 }, { -4, 2, 1, 0 } });
        Tensor squeezed = new QuantileBound(1, double.PositiveInfinity).Apply(rows);
        Close(tensor(new[,] { { -0.5, 0.2, 0.9, 0 }, { -1, 0.5, 0.25, 0 } }), squeezed);
        Close(tensor(new[,] { { -0.5, 0.2, 0.9, 0 }, { -1, 1, 0.5, 0 } }), new QuantileBound(1, 2).Apply(rows));
        // The median of 0, 1, 2, 4.
        Close(tensor(new[] { -1, 1, 1 / 1.5, 0 }), new QuantileBound(0.5, double.PositiveInfinity).Apply(rows)[1]);
    }

    [Fact]
    public void Perturbed_guidance_adds_what_the_perturbation_took_away_to_other_guidance()
    {
        using FiniteDataSet perturbed = new(ones(1, 12));
        Close(_conditional + (_conditional - 1) * 2, Guided(new PerturbedGuidance(_model, perturbed, 2)));
        ClassifierFreeGuidance guided = new(_model, _null, 3);
        Close(_unconditional + (_conditional - _unconditional) * 3 + (_conditional - 1) * 2, Guided(new PerturbedGuidance(guided, _model, perturbed, 2)));
    }

    [Fact]
    public void Guidance_composes()
    {
        ClassifierFreeGuidance guided = new(_model, _null, 3);
        QuantileBound bound = new(0.9, double.PositiveInfinity);
        BoundedDenoiser all = new(new GuidanceInterval(guided, _model, 0.1, 10), bound);
        Close(bound.Apply(Guided(guided)), Guided(all));
    }

    private Tensor Guided(IDenoiser guidance) => guidance.Denoise(_states, Level, _condition).Denoised;

    private Tensor Run(IDenoiser guidance, Tensor start) =>
        Sampler.Sample(guidance, new DpmSolverMultistep(), TimeGrid.Karras(6), start, new RecordedNoise([]), _condition);

    private static Tensor Deviation(Tensor x) => x.std([1, 2, 3], unbiased: true);

    private static void Close(Tensor expected, Tensor actual, double tolerance = 1e-10)
    {
        double error = (expected - actual).abs().max().to(ScalarType.Float64).item<double>();
        Assert.True(error <= tolerance, $"error {error:g3}, allowed {tolerance:g3}");
    }

    private sealed class Probe(IDenoiser inner) : IDenoiser
    {
        public long Rows { get; private set; }

        public List<Condition> Conditions { get; } = [];

        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
        {
            Rows += state.shape[0];
            Conditions.Add(condition);
            return inner.Denoise(state, level, condition);
        }
    }

    private sealed class Fixed(Estimate estimate) : IDenoiser
    {
        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition) => estimate;
    }
}
