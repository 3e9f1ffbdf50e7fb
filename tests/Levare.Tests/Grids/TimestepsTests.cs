using CsCheck;
using Levare.Grids;
using Levare.Paths;
using Xunit;

namespace Levare.Tests.Grids;

public sealed class TimestepsTests
{
    [Fact]
    public void Each_spacing_picks_its_own_ends()
    {
        Assert.Equal([751, 501, 251, 1], Timesteps.Leading(1000, 4, 1));
        Assert.Equal([999, 749, 499, 249], Timesteps.Trailing(1000, 4));
        Assert.Equal([999, 499.5, 0], Timesteps.Linspace(1000, 3));
        Assert.Equal([0], Timesteps.Linspace(1000, 1));
    }

    [Fact]
    public void Timesteps_fall_and_are_steps_of_training() =>
        Gen.Select(Gen.Int[10, 1000], Gen.Int[1, 10]).Sample((trained, count) =>
        {
            foreach (double[] times in new[] { Timesteps.Leading(trained, count), Timesteps.Trailing(trained, count), Timesteps.Linspace(trained, count) })
            {
                Assert.Equal(count, times.Length);
                Assert.All(times, time => Assert.InRange(time, 0, trained - 1));
                Assert.All(times.Zip(times.Skip(1)), pair => Assert.True(pair.First > pair.Second));
            }
        });

    [Fact]
    public void A_dynamic_shift_by_the_logarithm_is_the_static_one() =>
        Gen.Select(Gen.Double[0.01, 1], Gen.Double[0.2, 12]).Sample((time, shift) =>
        {
            double expected = FlowShift.Static(time, shift);
            Assert.Equal(expected, FlowShift.Dynamic(time, Math.Log(shift), TimeShiftType.Exponential), 1e-12);
            Assert.Equal(expected, FlowShift.Dynamic(time, shift, TimeShiftType.Linear), 1e-12);
        });

    [Fact]
    public void A_stretched_list_ends_where_it_is_told_and_keeps_its_start()
    {
        double[] stretched = FlowShift.ToTerminal([1, 0.6, 0.02], 0.1);
        Assert.Equal(1, stretched[0], 1e-12);
        Assert.Equal(0.1, stretched[^1], 1e-12);
        Assert.InRange(stretched[1], 0.1, 1);
    }

    [Fact]
    public void Mu_runs_from_the_small_picture_to_the_large_one()
    {
        Assert.Equal(0.5, FlowShift.Mu(256), 1e-12);
        Assert.Equal(1.15, FlowShift.Mu(4096), 1e-12);
        Assert.Equal((0.5 + 1.15) / 2, FlowShift.Mu((256 + 4096) / 2), 1e-12);
    }

    [Fact]
    public void A_list_of_ratios_fits_any_path()
    {
        TimeGrid grid = TimeGrid.AtRatios(new CosinePath(), Sigmas.Karras(0.03, 14, 6));
        Assert.Equal(6, grid.Steps);
        Assert.All(grid.SkipLast(1).Zip(Sigmas.Karras(0.03, 14, 6)), pair => Assert.Equal(pair.Second, pair.First.Ratio, 1e-9));
        Assert.Equal(0, grid[^1].Sigma);
    }
}
