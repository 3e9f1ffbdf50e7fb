using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Guidance;
using Levare.Parameterisations;
using Levare.Paths;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Guidance;

public sealed class TwoConditionGuidanceTests : IDisposable
{
    private const string Words = "words", Picture = "picture";
    private static readonly NoiseLevel Level = new(0, 0.8, 0.6);
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Condition _both = Told(5, 7), _nothing = Told(2, 0);
    private readonly Tensor _state = randn([1, 3, 2, 2], generator: new Generator(3));

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Each_condition_is_gone_towards_by_its_own_scale()
    {
        Tensor guided = new TwoConditionGuidance(new Sum(), _nothing, Picture, 3, 2).Denoise(_state, Level, _both).Denoised;
        // All that is told is 5 + 7, the picture alone 2 + 7, nothing 2 + 0.
        Close(_state + 2 + (12 - 9) * 3 + (9 - 2) * 2, guided);
    }

    [Fact]
    public void The_three_are_one_batch_of_both_then_the_picture_then_nothing()
    {
        Sum network = new();
        _ = new TwoConditionGuidance(network, _nothing, Picture, 3, 2).Denoise(_state, Level, _both);
        Condition condition = Assert.Single(network.Conditions);
        Assert.Equal([5f, 2, 2], condition[Words].data<float>().ToArray());
        Assert.Equal([7f, 7, 0], condition[Picture].data<float>().ToArray());
    }

    [Fact]
    public void With_one_scale_for_both_it_is_classifier_free_guidance()
    {
        Tensor guided = new TwoConditionGuidance(new Sum(), _nothing, Picture, 4, 4).Denoise(_state, Level, _both).Denoised;
        Close(new ClassifierFreeGuidance(new Sum(), _nothing, 4).Denoise(_state, Level, _both).Denoised, guided);
    }

    [Fact]
    public void Rescaled_it_has_the_deviation_of_what_is_told_everything()
    {
        EpsilonPrediction output = new();
        TwoConditionGuidance guidance = new(new Product(), _nothing, Picture, 4, 2) { Rescale = 1, Output = output };
        Tensor conditional = new Product().Denoise(_state, Level, _both).Denoised, guided = guidance.Denoise(_state, Level, _both).Denoised;
        Close(output.ToOutput(conditional, _state, Level).std(), output.ToOutput(guided, _state, Level).std());
    }

    private static Condition Told(float words, float picture) => Condition.None.With(Words, tensor(new[] { words })).With(Picture, tensor(new[] { picture }));

    private static void Close(Tensor expected, Tensor actual) => Assert.True((expected - actual).abs().max().item<float>() < 1e-4, $"{expected} {actual}");

    private sealed class Sum : IDenoiser
    {
        public List<Condition> Conditions { get; } = [];

        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
        {
            Conditions.Add(condition);
            return new(state + (condition[Words] + condition[Picture]).view(-1, 1, 1, 1));
        }
    }

    private sealed class Product : IDenoiser
    {
        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition) => new(state * (condition[Words] + condition[Picture]).view(-1, 1, 1, 1));
    }
}
