using Levare.Paths;
using Levare.Training;
using Xunit;

namespace Levare.Tests.Training;

public class LevelDistributionTests
{
    private static readonly SeededDraws Draws = new(3);

    [Fact]
    public void Normal_quantiles_invert_the_cumulative_distribution()
    {
        for (double x = -8; x <= 5; x += 0.37)
            Assert.Equal(x, NormalDistribution.Quantile(NormalDistribution.Cumulative(x)), 1e-9 * Math.Exp(Math.Max(0, x) * x / 2));
        Assert.Equal(1.959963984540054, NormalDistribution.Quantile(0.975), 1e-12);
        Assert.Equal(1.3498980316300946e-3, NormalDistribution.Cumulative(-3), 1e-15);
    }

    [Fact]
    public void Draws_are_uniform()
    {
        double[] draws = Draws.Levels(1, 100_000);
        Assert.All(draws, u => Assert.InRange(u, 0, 1));
        // The mean of 100,000 has a standard error of 0.0009, a share of a tenth one of 0.001.
        Assert.Equal(0.5, draws.Average(), 0.004);
        for (int tenth = 0; tenth < 10; tenth++) Assert.Equal(0.1, draws.Count(u => (int)(10 * u) == tenth) / 1e5, 0.004);
        Assert.Empty(draws.Intersect(Draws.Levels(2, 100_000)));
        Assert.Equal(draws, Draws.Levels(1, 100_000));
    }

    [Fact]
    public void Log_normal_levels_have_their_mean_and_deviation_in_ln_sigma_on_any_path()
    {
        foreach (INoisePath path in new INoisePath[] { new EdmPath(1e-6, 1e6), new RectifiedFlowPath() })
        {
            double[] logs = [.. Draws.Levels(1, 50_000).Select(u => -path.At(new LogNormalLevels(-0.4, 1.4).TimeAt(u, path)).Lambda)];
            Assert.Equal(-0.4, logs.Average(), 0.03);
            Assert.Equal(1.4, Math.Sqrt(logs.Average(x => (x + 0.4) * (x + 0.4))), 0.03);
        }
    }

    [Fact]
    public void Logit_normal_and_mode_levels_have_their_densities()
    {
        RectifiedFlowPath path = new();
        Holds(new LogitNormalLevels(0.5, 1.2), t => NormalDistribution.Density((Math.Log(t / (1 - t)) - 0.5) / 1.2) / (1.2 * t * (1 - t)));
        Holds(new UniformLevels(), _ => 1);
        // Mode sampling is a change of variables: its density is 1 / |dt/du| at the u that gives t.
        Holds(new ModeLevels(1.29), t =>
        {
            double low = 0, high = 1;
            for (int i = 0; i < 60; i++)
                if (1 - (low + high) / 2 - 1.29 * (Square(Math.Cos(Math.PI / 4 * (low + high))) - 1 + (low + high) / 2) > t) low = (low + high) / 2;
                else high = (low + high) / 2;
            return 1 / Math.Abs(-1 - 1.29 * (-Math.PI / 2 * Math.Sin(Math.PI * low) + 1));
        });

        void Holds(LevelDistribution levels, Func<double, double> density)
        {
            double[] times = [.. Draws.Levels(1, 200_000).Select(u => levels.TimeAt(u, path))];
            for (double t = 0.05; t < 0.9; t += 0.1)
            {
                double expected = Enumerable.Range(0, 100).Average(i => density(t + 0.1 * (i + 0.5) / 100)) * 0.1;
                Assert.Equal(expected, times.Count(x => x >= t && x < t + 0.1) / 2e5, 0.004);
            }
        }
    }

    [Fact]
    public void Timesteps_are_all_drawn_alike()
    {
        int[] counts = new int[10];
        foreach (double u in Draws.Levels(1, 50_000)) counts[(int)new UniformTimesteps(10).TimeAt(u, new RectifiedFlowPath())]++;
        Assert.All(counts, count => Assert.InRange(count, 4700, 5300));
    }

    [Fact]
    public void Importance_favours_large_losses_and_keeps_the_mean_loss()
    {
        ImportanceLevels settings = new(new UniformLevels(), Bins: 8, History: 4, Uniform: 0.01);
        ImportanceSampler sampler = new(settings);
        static double Loss(double share) => share < 0.25 ? 8 : 1;
        double[] uniform = Draws.Levels(1, 40_000);
        Assert.Equal(uniform, sampler.Draw(uniform).Select(d => d.Share).Select(s => s), (a, b) => Math.Abs(a - b) < 1e-9);
        foreach (double share in uniform[..2000]) sampler.Add(share, Loss(share));

        (double Share, double Weight)[] drawn = sampler.Draw(uniform);
        // Two of eight parts have loss 8: 16 of the 22 in all.
        Assert.Equal(0.99 * 16 / 22 + 0.01 * 0.25, drawn.Count(d => d.Share < 0.25) / 40_000.0, 0.01);
        Assert.Equal(2.75, drawn.Average(d => d.Weight * Loss(d.Share)), 0.03);
    }

    private static double Square(double x) => x * x;
}
