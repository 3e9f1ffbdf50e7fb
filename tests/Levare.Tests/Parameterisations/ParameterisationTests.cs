using CsCheck;
using Levare.Parameterisations;
using Levare.Paths;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Parameterisations;

public sealed class ParameterisationTests
{
    private static readonly Dictionary<string, Parameterisation> Kinds = new()
    {
        ["epsilon"] = new EpsilonPrediction(),
        ["sample"] = new SamplePrediction(),
        ["v"] = new VPrediction(),
        ["flow"] = new FlowPrediction(),
        ["score"] = new ScorePrediction(),
        ["edm"] = new EdmPrediction(),
        ["edm, towards the noise"] = new EdmPrediction(0.7, EdmTarget.Noise),
        ["consistency"] = new ConsistencyPrediction(),
    };

    public static TheoryData<string> Names => [.. Kinds.Keys];

    public static TheoryData<string> ThatTellTheNoise => ["epsilon", "v", "flow", "score"];

    private static Gen<NoiseLevel> Levels => Gen.Select(Gen.Double[0.01, 0.99], Gen.Int[0, 2], (t, path) => path switch
    {
        0 => new LinearVpPath().At(t),
        1 => new EdmPath().At(80 * t),
        _ => new RectifiedFlowPath().At(t),
    });

    [Theory]
    [MemberData(nameof(Names))]
    public void Output_and_estimate_turn_into_each_other(string name) => Levels.Sample(level =>
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor output = randn(2, 3, dtype: ScalarType.Float64), state = randn(2, 3, dtype: ScalarType.Float64);
        Tensor denoised = Kinds[name].ToDenoised(output, state, level);
        Assert.True(Kinds[name].ToOutput(denoised, state, level).allclose(output, 1e-7, 1e-7));
        Assert.True(Kinds[name].ToDenoised(Kinds[name].ToOutput(output, state, level), state, level).allclose(output, 1e-7, 1e-7));
    }, iter: 100);

    [Theory]
    [MemberData(nameof(Names))]
    public void The_estimate_is_the_preconditioning_s_sum_of_state_and_output(string name) => Levels.Sample(level =>
    {
        using DisposeScope scope = NewDisposeScope();
        Preconditioning c = Kinds[name].At(level);
        Tensor output = randn(2, 3, dtype: ScalarType.Float64), state = randn(2, 3, dtype: ScalarType.Float64);
        Assert.True(Kinds[name].ToDenoised(output, state, level).allclose(state * c.Skip + output * c.Output, 1e-9, 1e-9));
    }, iter: 100);

    [Theory]
    [MemberData(nameof(ThatTellTheNoise))]
    public void The_noise_that_is_told_is_the_one_that_the_estimate_leaves(string name) => Levels.Sample(level =>
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor output = randn(2, 3, dtype: ScalarType.Float64), state = randn(2, 3, dtype: ScalarType.Float64);
        Tensor implied = (state - Kinds[name].ToDenoised(output, state, level) * level.Alpha) / level.Sigma;
        Assert.True(Kinds[name].ToNoise(output, state, level)!.allclose(implied, 1e-7, 1e-7));
    }, iter: 100);

    [Theory]
    [InlineData("epsilon", 0, 1)]
    [InlineData("sample", 1, 0)]
    [InlineData("v", -0.6, 0.8)]
    [InlineData("flow", -1, 1)]
    [InlineData("score", 0, -1 / 0.6)]
    public void The_perfect_output_is_what_the_paper_says(string name, double ofData, double ofNoise)
    {
        using DisposeScope scope = NewDisposeScope();
        NoiseLevel level = new(0, 0.8, 0.6);
        Tensor data = randn(2, 3, dtype: ScalarType.Float64), noise = randn(2, 3, dtype: ScalarType.Float64);
        Tensor output = Kinds[name].ToOutput(data, data * level.Alpha + noise * level.Sigma, level);
        Assert.True(output.allclose(data * ofData + noise * ofNoise));
    }

    [Fact]
    public void Edm_s_input_and_target_have_unit_variance_and_errors_are_not_blown_up() => Gen.Double[0.002, 80].Sample(sigma =>
    {
        EdmPrediction edm = new(0.5);
        Preconditioning c = edm.At(new NoiseLevel(sigma, 1, sigma));
        double data = 0.25, skipped = (1 - c.Skip) * (1 - c.Skip) * data + c.Skip * c.Skip * sigma * sigma;
        Assert.Equal(1, c.Input * c.Input * (data + sigma * sigma), 1e-9);
        Assert.Equal(1, skipped / (c.Output * c.Output), 1e-6);
        Assert.Equal(Math.Log(sigma) / 4, c.Noise, 1e-12);
    });

    [Fact]
    public void At_its_smallest_sigma_a_consistency_model_gives_the_state_itself()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor state = randn(2, 3);
        Assert.True(new ConsistencyPrediction().ToDenoised(randn(2, 3), state, new NoiseLevel(0.002, 1, 0.002)).allclose(state));
    }

    [Fact]
    public void Where_nothing_is_left_of_the_data_epsilon_says_nothing_of_it() =>
        Assert.Throws<InvalidOperationException>(() => new EpsilonPrediction().ToOutput(zeros(1), zeros(1), new NoiseLevel(1, 0, 1)));
}
