using Levare.Paths;
using Levare.Sampling;
using Levare.Verification;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Sampling;

public sealed class BrownianTreeTests
{
    [Fact]
    public void Increments_of_neighbouring_intervals_add_up()
    {
        using DisposeScope scope = NewDisposeScope();
        using BrownianTree tree = new(3, 0.03, 14);
        Tensor whole = Increment(tree, 9.7, 0.4), upper = Increment(tree, 9.7, 2.123456), lower = Increment(tree, 2.123456, 0.4);
        Assert.True((upper + lower - whole).abs().max().item<float>() < 1e-5);
    }

    [Fact]
    public void Draws_are_standard_normal_and_those_of_separate_intervals_independent()
    {
        using DisposeScope scope = NewDisposeScope();
        using BrownianTree tree = new(5, 0.1, 10);
        const int Count = 100_000;
        Tensor[] draws = [tree.Draw(At(9), At(3), Count), tree.Draw(At(3), At(2.9), Count), tree.Draw(At(0.2), At(0.1), Count)];
        foreach (Tensor draw in draws)
        {
            Assert.Equal(0, draw.mean().item<float>(), 0.02);
            Assert.Equal(1, draw.var().item<float>(), 0.02);
        }
        Assert.Equal(0, (draws[0] * draws[1]).mean().item<float>(), 0.02);
        Assert.Equal(0, (draws[1] * draws[2]).mean().item<float>(), 0.02);
    }

    [Fact]
    public void Overlapping_intervals_are_correlated_by_their_overlap()
    {
        using DisposeScope scope = NewDisposeScope();
        using BrownianTree tree = new(6, 0.1, 10);
        Tensor half = tree.Draw(At(8), At(4), 100_000), whole = tree.Draw(At(8), At(0.5), 100_000);
        Assert.Equal(Math.Sqrt(4 / 7.5), (half * whole).mean().item<float>(), 0.02);
    }

    [Fact]
    public void A_seed_is_one_motion_whatever_is_asked_first()
    {
        using DisposeScope scope = NewDisposeScope();
        using BrownianTree tree = new(7, 0.1, 10), again = new(7, 0.1, 10), other = new(8, 0.1, 10);
        again.Draw(At(3.3), At(1.1), 2, 20);
        again.Draw(At(9.9), At(0.2), 2, 20);
        Tensor draw = tree.Draw(At(5), At(2), 2, 20);
        Assert.True(draw.Equals(again.Draw(At(5), At(2), 2, 20)));
        Assert.False(draw.Equals(other.Draw(At(5), At(2), 2, 20)));
    }

    [Fact]
    public void The_way_back_is_the_negative()
    {
        using DisposeScope scope = NewDisposeScope();
        using BrownianTree tree = new(7, 0.1, 10);
        Assert.True(tree.Draw(At(5), At(2), 20).Equals(-tree.Draw(At(2), At(5), 20)));
    }

    [Fact]
    public void Beyond_its_ends_the_motion_rests()
    {
        using DisposeScope scope = NewDisposeScope();
        using BrownianTree tree = new(7, 1, 10);
        Assert.True((Increment(tree, 5, 0) - Increment(tree, 5, 1)).abs().max().item<float>() < 1e-5);
        Assert.Equal(0, tree.Draw(At(0.5), At(0), 20).abs().max().item<float>());
    }

    [Fact]
    public void Rows_with_trees_of_their_own_draw_as_they_do_alone()
    {
        using DisposeScope scope = NewDisposeScope();
        using PerItemNoise batch = new([new BrownianTree(1, 0.1, 10), new BrownianTree(2, 0.1, 10)]);
        using BrownianTree alone = new(2, 0.1, 10);
        Assert.True(batch.Draw(At(5), At(2), 2, 30)[1].Equals(alone.Draw(At(5), At(2), 1, 30)[0]));
    }

    [Fact]
    public void A_tree_keeps_little_and_gives_it_back()
    {
        long before = LiveTensors.Count;
        using (BrownianTree tree = new(7, 0.1, 10))
        {
            for (int i = 0; i < 50; i++) tree.Draw(At(10 - 0.1 * i), At(9.9 - 0.1 * i), 20).Dispose();
            Assert.InRange(LiveTensors.Count - before, 0, 120);
        }
        Assert.Equal(before, LiveTensors.Count);
    }

    // The numbers that torchsde draws, as CosineDPMSolverMultistepScheduler's case holds them.
    [Fact]
    public void The_motion_of_a_seed_is_torchsde_s()
    {
        using DisposeScope scope = NewDisposeScope();
        using GoldenCase golden = Golden.Open("schedulers/cosinedpmsolverm_sigma_min-0.3_sigma_max-500.0_sigma_data-1.0_sigma_schedule-exponential_solver_order-2_prediction_type-v_prediction_n7");
        Tensor draws = golden.Tensor("noise_draws");
        float[] sigmas = [.. golden.Tensor("sigmas").data<float>()];
        using BrownianTree tree = new(golden.Json.GetProperty("seed").GetInt64(), 0.3f, 500);
        for (int i = 0; i < draws.shape[0]; i++)
            Assert.True(Comparison.Of($"draw {i}", tree.Draw(At(sigmas[i]), At(sigmas[i + 1]), draws[i].shape), draws[i], 1e-5).Passed);
    }

    private static NoiseLevel At(double sigma) => new(sigma, 1, sigma);

    private static Tensor Increment(BrownianTree tree, double from, double to) => tree.Draw(At(from), At(to), 50) * Math.Sqrt(from - to);
}
