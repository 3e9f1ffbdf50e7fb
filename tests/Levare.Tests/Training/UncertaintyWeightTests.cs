using Levare.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Training;

public class UncertaintyWeightTests
{
    [Fact]
    public void It_learns_the_logarithm_of_each_level_s_loss()
    {
        using DisposeScope scope = NewDisposeScope();
        using UncertaintyWeight uncertainty = new(new LearnedUncertainty(64), new AdamW(WeightDecay: 0), CPU);
        Tensor times = linspace(-1, 1, 16), losses = (times * 2).exp() * 0.3;
        Assert.Equal(0, uncertainty.LogVariance(times).abs().max().item<float>());
        for (int i = 0; i < 800; i++)
        {
            using DisposeScope step = NewDisposeScope();
            uncertainty.Objective(losses, times).mean().backward();
            uncertainty.Step(0.05);
        }
        Assert.InRange((uncertainty.LogVariance(times) - losses.log()).abs().max().item<float>(), 0, 0.05);
    }

    [Fact]
    public void The_objective_s_gradient_by_a_loss_is_one_over_its_level()
    {
        using DisposeScope scope = NewDisposeScope();
        using UncertaintyWeight uncertainty = new(new LearnedUncertainty(8), new AdamW(), CPU);
        Tensor times = linspace(-1, 1, 4);
        uncertainty.Objective(full(4, 3f), times).sum().backward();
        uncertainty.Step(0.5);
        Tensor losses = full(4, 2f).requires_grad_(true);
        uncertainty.Objective(losses, times).sum().backward();
        Assert.InRange((losses.grad! * uncertainty.LogVariance(times).exp() - 1).abs().max().item<float>(), 0, 1e-5);
        Assert.NotEqual(0, uncertainty.LogVariance(times).abs().max().item<float>());
    }
}
