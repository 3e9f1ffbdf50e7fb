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
    private static readonly Dictionary<string, INoisePath> Paths = new()
    {
        ["EDM"] = new EdmPath(), ["VP"] = DiscreteVpPath.Linear(), ["flow"] = new RectifiedFlowPath(),
    };

    public static TheoryData<string, string> NamesOnPaths() =>
        [.. from entry in SolverCatalog.All from path in Paths.Keys select new TheoryDataRow<string, string>(entry.Name, path)];

    [Theory]
    [MemberData(nameof(NamesOnPaths))]
    public void Every_solver_takes_noise_to_the_data_on_every_path(string name, string pathName)
    {
        INoisePath path = Paths[pathName];
        TimeGrid grid = GridCatalog.Find("karras").Create(path, 30);
        using DisposeScope scope = NewDisposeScope();
        using SeededNoise noise = new(5);
        // The data are the numbers around 2, with a standard deviation of 0.5.
        Gaussian data = new(tensor(new[] { 2.0 }), tensor(new[,] { { 0.25 } }));
        Tensor start = noise.Draw(2000, 1).to(ScalarType.Float64) * grid[0].Sigma;
        Tensor end = Sampler.Sample(data, SolverCatalog.Find(name).Create(path), grid, start, noise);
        Assert.InRange(end.mean().item<double>(), 1.9, 2.1);
        Assert.InRange(end.std().item<double>(), 0.3, 0.7);
    }

    [Theory]
    [InlineData("DPM++ 2M", "dpm++2m")]
    [InlineData("dpmpp_2m", "dpm++2m")]
    [InlineData("k_dpmpp_2m_sde", "dpm++2m-sde")]
    [InlineData("Euler a", "euler-a")]
    [InlineData("k_euler_ancestral", "euler-a")]
    [InlineData("UniPC", "unipc")]
    [InlineData("uni_pc", "unipc")]
    [InlineData("sa_solver", "sa")]
    [InlineData("PLMS", "plms")]
    public void What_other_tools_call_a_solver_finds_it(string name, string entry) => Assert.Equal(entry, SolverCatalog.Find(name).Name);

    [Fact]
    public void An_unknown_name_is_an_error_that_names_the_nearest() =>
        Assert.Equal("unknown sampler 'dpmm': did you mean dpm++2m?", Assert.Throws<UnknownNameException>(() => SolverCatalog.Find("dpmm")).Message);
}
