using CsCheck;
using Levare.Paths;
using Xunit;

namespace Levare.Tests.Paths;

public sealed class NoisePathTests
{
    private static readonly Dictionary<string, INoisePath> Paths = new()
    {
        ["linear"] = DiscreteVpPath.Linear(),
        ["scaled linear"] = DiscreteVpPath.ScaledLinear(),
        ["squared cosine"] = DiscreteVpPath.SquaredCosine(),
        ["zero terminal"] = DiscreteVpPath.ScaledLinear().WithZeroTerminalSnr(),
        ["few steps"] = DiscreteVpPath.Linear(0.01, 0.3, 7),
        ["continuous"] = new LinearVpPath(),
        ["cosine"] = new CosinePath(),
        ["exploding"] = new VePath(),
        ["edm"] = new EdmPath(),
        ["straight"] = new RectifiedFlowPath(),
        ["trigonometric"] = new TrigonometricPath(),
        ["straight, told 1000 t"] = new RescaledTimePath(new RectifiedFlowPath(), 1000),
    };

    public static TheoryData<string> Names => [.. Paths.Keys];

    public static TheoryData<string> Preserving => ["linear", "scaled linear", "squared cosine", "zero terminal", "few steps", "continuous", "cosine", "trigonometric"];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_time_of_a_level_is_the_level_of_that_time(string name)
    {
        INoisePath path = Paths[name];
        Inside(path).Sample(time =>
        {
            NoiseLevel level = path.At(time);
            Assert.Equal(time, path.TimeAt(level.Lambda), 1e-6 * path.End);
            Assert.Equal(level.Lambda, path.AtLambda(level.Lambda).Lambda, 1e-6 * Math.Max(1, Math.Abs(level.Lambda)));
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Noise_grows_with_time(string name)
    {
        INoisePath path = Paths[name];
        Gen.Select(Inside(path), Inside(path)).Sample((a, b) =>
        {
            if (Math.Abs(a - b) < 1e-6 * path.End) return;
            Assert.Equal(a < b, path.At(a).Ratio < path.At(b).Ratio);
            Assert.Equal(a < b, path.At(a).Lambda > path.At(b).Lambda);
        });
    }

    [Theory]
    [MemberData(nameof(Preserving))]
    public void A_variance_preserving_path_keeps_unit_variance(string name)
    {
        INoisePath path = Paths[name];
        Inside(path).Sample(time =>
        {
            NoiseLevel level = path.At(time);
            Assert.Equal(1, level.Alpha * level.Alpha + level.Sigma * level.Sigma, 1e-9);
        });
    }

    [Fact]
    public void Stable_diffusions_largest_sigma_is_the_one_that_everyone_has() =>
        Assert.Equal(14.614647, DiscreteVpPath.ScaledLinear().At(999).Ratio, 1e-5);

    [Fact]
    public void The_continuous_path_is_the_limit_of_the_discrete_one()
    {
        const int steps = 20_000;
        DiscreteVpPath discrete = DiscreteVpPath.Linear(0.1 / steps, 20.0 / steps, steps);
        Gen.Double[0.05, 0.99].Sample(time => Assert.Equal(new LinearVpPath().At(time).Lambda, discrete.At(time * steps).Lambda, 5e-3));
    }

    [Fact]
    public void With_zero_terminal_snr_the_first_step_stays_and_the_last_holds_no_data()
    {
        DiscreteVpPath path = DiscreteVpPath.ScaledLinear(), rescaled = path.WithZeroTerminalSnr();
        Assert.Equal(path.AlphaBars[0], rescaled.AlphaBars[0], 1e-6);
        Assert.Equal(0, rescaled.At(999).Alpha);
        Assert.Equal(1, rescaled.At(999).Sigma);
        Assert.Equal(999, rescaled.TimeAt(double.NegativeInfinity), 1e-6);
    }

    [Fact]
    public void A_path_takes_only_betas_that_are_variances()
    {
        Assert.Contains("Beta 1", Assert.Throws<ArgumentException>(() => DiscreteVpPath.FromBetas([0.1f, 1.5f, 0.2f])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => DiscreteVpPath.FromBetas([0.1f]));
        Assert.Throws<ArgumentOutOfRangeException>(() => DiscreteVpPath.Linear().At(1000));
    }

    [Theory]
    [InlineData("cosine")]
    [InlineData("trigonometric")]
    [InlineData("zero terminal")]
    [InlineData("straight")]
    [InlineData("straight, told 1000 t")]
    public void A_path_to_pure_noise_ends_with_nothing_of_the_data(string name)
    {
        NoiseLevel last = Paths[name].At(Paths[name].End);
        Assert.Equal(0, last.Alpha);
        Assert.Equal(1, last.Sigma);
    }

    [Fact]
    public void A_number_of_steps_that_only_a_broken_file_has_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DiscreteVpPath.Linear(steps: int.MaxValue));

    private static Gen<double> Inside(INoisePath path)
    {
        double span = path.End - path.Start;
        return Gen.Double[path.Start + 1e-3 * span, path.End - 1e-3 * span];
    }
}
