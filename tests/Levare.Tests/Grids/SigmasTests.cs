using CsCheck;
using Levare.Grids;
using Xunit;

namespace Levare.Tests.Grids;

public sealed class SigmasTests
{
    private static readonly Dictionary<string, Func<double, double, int, double[]>> Lists = new()
    {
        ["karras"] = (min, max, count) => Sigmas.Karras(min, max, count),
        ["exponential"] = Sigmas.Exponential,
        ["beta"] = (min, max, count) => Sigmas.Beta(min, max, count),
        ["lu"] = (min, max, count) => Sigmas.Lu(min, max, count),
    };

    public static TheoryData<string> Names => [.. Lists.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Sigmas_fall_from_the_largest_to_the_smallest(string name) =>
        Gen.Select(Gen.Double[1e-3, 0.5], Gen.Double[1, 700], Gen.Int[2, 60]).Sample((min, max, count) =>
        {
            double[] sigmas = Lists[name](min, max, count);
            Assert.Equal(count, sigmas.Length);
            Assert.Equal(max, sigmas[0], 1e-9 * max);
            Assert.Equal(min, sigmas[^1], 1e-9);
            Assert.All(sigmas.Zip(sigmas.Skip(1)), pair => Assert.True(pair.First > pair.Second));
        });

    [Fact]
    public void Karras_with_rho_1_is_even() =>
        Assert.All(Sigmas.Karras(1, 5, 5, rho: 1).Zip([5.0, 4, 3, 2, 1]), pair => Assert.Equal(pair.Second, pair.First, 1e-12));

    [Fact]
    public void The_beta_quantile_inverts_the_cumulative_distribution() =>
        Gen.Select(Gen.Double[0.2, 4], Gen.Double[0.2, 4], Gen.Double[0.001, 0.999]).Sample((alpha, beta, share) =>
            Assert.Equal(share, BetaDistribution.Cumulative(BetaDistribution.Quantile(share, alpha, beta), alpha, beta), 1e-9));

    [Fact]
    public void The_beta_quantile_is_the_known_one_where_it_has_a_closed_form() =>
        Gen.Double[0, 1].Sample(share =>
        {
            Assert.Equal(share, BetaDistribution.Quantile(share, 1, 1), 1e-12);
            Assert.Equal(Math.Pow(Math.Sin(share * Math.PI / 2), 2), BetaDistribution.Quantile(share, 0.5, 0.5), 1e-12);
        });

    [Fact]
    public void Align_your_steps_gives_the_published_ten_and_falls_for_any_number()
    {
        Assert.All(AlignYourSteps.Sigmas(AlignedModel.StableDiffusionXL, 10).Zip([14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113]),
            pair => Assert.Equal(pair.Second, pair.First, 1e-9));
        Gen.Select(Gen.Enum<AlignedModel>(), Gen.Int[2, 50]).Sample((model, count) =>
        {
            double[] sigmas = AlignYourSteps.Sigmas(model, count);
            Assert.Equal(count, sigmas.Length);
            Assert.All(sigmas.Zip(sigmas.Skip(1)), pair => Assert.True(pair.First > pair.Second));
        });
    }
}
