using Levare.Parameterisations;
using Levare.Paths;
using Levare.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Training;

public class NoisedExamplesTests
{
    public static TheoryData<Parameterisation, INoisePath> Kinds => new()
    {
        { new EpsilonPrediction(), DiscreteVpPath.Linear() },
        { new SamplePrediction(), DiscreteVpPath.Linear() },
        { new VPrediction(), DiscreteVpPath.SquaredCosine() },
        { new FlowPrediction(), new RectifiedFlowPath() },
        { new EdmPrediction(), new EdmPath() },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_network_that_meets_its_target_has_denoised_the_data(Parameterisation parameterisation, INoisePath path)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor data = randn(3, 2, 4, 4), noise = randn(3, 2, 4, 4);
        NoiseLevel[] levels = [.. new[] { 0.1, 0.5, 0.9 }.Select(u => path.At(new UniformLevels().TimeAt(u, path)))];
        NoisedExamples examples = NoisedExamples.Make(data, noise, levels, parameterisation, new SimpleWeight());
        for (int i = 0; i < 3; i++)
        {
            Tensor state = data[i] * levels[i].Alpha + noise[i] * levels[i].Sigma;
            Tensor denoised = parameterisation.ToDenoised(examples.Target[i], state, levels[i]);
            Assert.InRange((denoised - data[i]).abs().max().item<float>(), 0, 1e-4 * Math.Max(1, levels[i].Ratio));
            Assert.InRange((examples.Input[i] - state * parameterisation.At(levels[i]).Input).abs().max().item<float>(), 0, 1e-5);
        }
    }

    [Fact]
    public void The_classical_targets_fall_out()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor data = randn(1, 2, 4, 4), noise = randn(1, 2, 4, 4);
        NoiseLevel vp = DiscreteVpPath.Linear().At(300), flow = new RectifiedFlowPath().At(0.3);
        Near(noise, NoisedExamples.Make(data, noise, [vp], new EpsilonPrediction(), new SimpleWeight()).Target);
        Near(noise * vp.Alpha - data * vp.Sigma, NoisedExamples.Make(data, noise, [vp], new VPrediction(), new SimpleWeight()).Target);
        Near(noise - data, NoisedExamples.Make(data, noise, [flow], new FlowPrediction(), new SimpleWeight()).Target);

        static void Near(Tensor expected, Tensor actual) => Assert.InRange((expected - actual).abs().max().item<float>(), 0, 1e-5);
    }

    [Fact]
    public void A_level_without_a_finite_target_is_an_error_that_names_it()
    {
        using DisposeScope scope = NewDisposeScope();
        NoiseLevel clean = new(0, 1, 0);
        Exception e = Assert.Throws<InvalidOperationException>(() => NoisedExamples.Make(randn(1, 2), randn(1, 2), [clean], new EpsilonPrediction(), new SimpleWeight()));
        Assert.Contains("sigma = 0", e.Message);
    }

    [Fact]
    public void Edm_weight_is_one_on_edm_s_output()
    {
        foreach (double sigma in new[] { 0.01, 0.5, 30 })
        {
            NoiseLevel level = new EdmPath().At(sigma);
            Assert.Equal(1, new EdmWeight().At(level, new EdmPrediction().At(level)), 1e-12);
        }
    }
}
