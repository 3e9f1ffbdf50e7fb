using Levare.Grids;
using Levare.Paths;
using Xunit;

namespace Levare.Tests.Grids;

public sealed class GridCatalogTests
{
    private static readonly Dictionary<string, INoisePath> Paths = new()
    {
        ["EDM"] = new EdmPath(), ["VP"] = DiscreteVpPath.ScaledLinear(), ["zero SNR"] = DiscreteVpPath.ScaledLinear().WithZeroTerminalSnr(), ["flow"] = new RectifiedFlowPath(),
    };

    public static TheoryData<string, string> NamesOnPaths() =>
        [.. from entry in GridCatalog.All from path in Paths.Keys select new TheoryDataRow<string, string>(entry.Name, path)];

    [Theory]
    [MemberData(nameof(NamesOnPaths))]
    public void Every_grid_falls_from_the_noise_to_clean_data_and_lies_on_the_path(string name, string pathName)
    {
        INoisePath path = Paths[pathName];
        foreach (int steps in (int[])[1, 2, 10, 25])
        {
            TimeGrid grid = GridCatalog.Find(name).Create(path, steps);
            Assert.Equal(steps, grid.Steps);
            Assert.Equal((1.0, 0.0), (grid[^1].Alpha, grid[^1].Sigma));
            Assert.All(grid.Zip(grid.Skip(1)), pair => Assert.True(pair.First.Sigma / Math.Max(pair.First.Alpha, 1e-300) > pair.Second.Ratio, $"{pair.First} then {pair.Second}"));
            Assert.All(grid.SkipLast(1), level => Assert.Equal(path.At(level.Time).Sigma, level.Sigma, 1e-9));
        }
    }

    [Theory]
    [InlineData("Karras", "karras")]
    [InlineData("sgm_uniform", "trailing")]
    [InlineData("normal", "linear")]
    [InlineData("align_your_steps", "ays")]
    public void What_other_tools_call_a_grid_finds_it(string name, string entry) => Assert.Equal(entry, GridCatalog.Find(name).Name);
}
