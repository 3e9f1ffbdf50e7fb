using Levare.Denoisers.Oracles;
using Levare.Grids;
using Levare.Paths;
using Levare.Runtime;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Solvers;

public sealed class SolverCatalogTests
{
    public static TheoryData<string> Names => [.. SolverCatalog.All.Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_solver_starts_at_a_level_that_holds_nothing_of_the_data(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using Gaussian gaussian = new(tensor(new[] { 3.0 }), tensor(new[,] { { 0.25 } }));
        foreach (INoisePath path in new INoisePath[] { new RectifiedFlowPath(), new CosinePath(), DiscreteVpPath.ScaledLinear().WithZeroTerminalSnr() })
        {
            TimeGrid grid = GridCatalog.Find("linear").Create(path, 12);
            Assert.Equal(0, grid[0].Alpha);
            using SeededNoise noise = new(3);
            Tensor end = Sampler.Sample(gaussian, SolverCatalog.Find(name).Create(path), grid, noise.Draw(1000, 1).to(ScalarType.Float64), noise);
            Assert.Equal(3, end.mean().item<double>(), 0.1);
        }
    }

    [Theory]
    [InlineData("DPM++ 2M", "dpm++2m")]
    [InlineData("dpmpp_2m", "dpm++2m")]
    [InlineData("Euler a", "euler-a")]
    [InlineData("k_dpm_2_ancestral", "dpm2-a")]
    public void Other_spellings_of_a_name_find_the_solver(string written, string name) => Assert.Equal(name, SolverCatalog.Find(written).Name);

    [Fact]
    public void An_unknown_name_is_told_the_nearest() =>
        Assert.Contains("dpm++2m", Assert.Throws<UnknownNameException>(() => SolverCatalog.Find("dpmm")).Message);

    [Fact]
    public void Trajectory_consistency_sampling_ends_without_noise_on_a_path_that_never_lacks_it()
    {
        using DisposeScope scope = NewDisposeScope();
        using Gaussian gaussian = new(zeros(1, ScalarType.Float64), eye(1, dtype: ScalarType.Float64));
        VePath path = new();
        Tensor start = ones(4, 1, ScalarType.Float64);
        Tensor end = Sampler.Sample(gaussian, new Tcd(0.3, path.At), TimeGrid.AtTimes(path, [0.5]), start, new RecordedNoise([]));
        Assert.True(end.allclose(gaussian.Denoise(start, path.At(0.5), Levare.Conditioning.Condition.None).Denoised));
    }
}
