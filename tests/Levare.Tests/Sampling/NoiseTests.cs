using Levare.Sampling;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Sampling;

public sealed class NoiseTests
{
    [Fact]
    public void Seed_0_gives_the_numbers_that_PyTorch_gives()
    {
        using SeededNoise noise = new(0);
        using Tensor draw = noise.Draw(20);
        // torch.manual_seed(0); torch.randn(20)
        Assert.Equal([-1.1258398f, -1.1523602f, -0.25057858f], draw.data<float>().ToArray()[..3]);
    }

    [Fact]
    public void One_seed_is_one_sequence_and_another_seed_another()
    {
        using SeededNoise first = new(7), again = new(7), other = new(8);
        using Tensor a = first.Draw(4, 4), b = again.Draw(4, 4), c = other.Draw(4, 4), next = first.Draw(4, 4);
        Assert.True(a.Equals(b));
        Assert.False(a.Equals(c));
        Assert.False(a.Equals(next));
    }

    [Fact]
    public void A_row_s_draws_do_not_depend_on_its_place_in_the_batch()
    {
        using PerItemNoise alone = new([42]), batch = new([1, 42, 3]);
        for (int i = 0; i < 3; i++)
        {
            using Tensor one = alone.Draw(1, 3, 8, 8), many = batch.Draw(3, 3, 8, 8), row = many[1..2];
            Assert.True(one.Equals(row));
        }
    }

    [Fact]
    public void A_draw_for_another_number_of_rows_than_seeds_is_refused()
    {
        using PerItemNoise noise = new([1, 2]);
        Assert.Contains("There are 2 seeds", Assert.Throws<ArgumentException>(() => noise.Draw(3, 4)).Message);
    }

    [Fact]
    public void Recorded_draws_come_in_their_order_and_stay_the_recorder_s()
    {
        using Tensor first = randn(2, 3), second = randn(2, 3);
        RecordedNoise noise = new([first, second]);
        noise.Draw(2, 3).Dispose();
        using (Tensor draw = noise.Draw(2, 3)) Assert.True(draw.Equals(second));
        Assert.False(first.IsInvalid);
        Assert.Contains("All 2 recorded draws are used", Assert.Throws<InvalidOperationException>(() => noise.Draw(2, 3)).Message);
    }

    [Fact]
    public void A_recorded_draw_of_another_shape_is_refused()
    {
        using Tensor only = randn(2, 3);
        RecordedNoise noise = new([only]);
        Assert.Contains("draw 0 is [2, 3]; [3, 2] is asked for", Assert.Throws<InvalidOperationException>(() => noise.Draw(3, 2)).Message);
        Assert.Equal(0, noise.Used);
    }
}
