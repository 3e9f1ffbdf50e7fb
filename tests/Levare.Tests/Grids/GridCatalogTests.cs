using Levare.Grids;
using Levare.Paths;
using Xunit;

namespace Levare.Tests.Grids;

public sealed class GridCatalogTests
{
    private static readonly Dictionary<string, INoisePath> Paths = new()
    {
        ["linear"] = DiscreteVpPath.Linear(),
        ["zero terminal"] = DiscreteVpPath.ScaledLinear().WithZeroTerminalSnr(),
        ["continuous"] = new LinearVpPath(),
        ["cosine"] = new CosinePath(),
        ["trigonometric"] = new TrigonometricPath(),
        ["exploding"] = new VePath(),
        ["edm"] = new EdmPath(),
        ["straight"] = new RectifiedFlowPath(),
        ["straight, told 1000 t"] = new RescaledTimePath(new RectifiedFlowPath(), 1000),
    };

    public static TheoryData<string, string> Cases =>
        new(GridCatalog.All.SelectMany(grid => Paths.Keys.Select(path => (grid.Name, path))));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_grid_falls_to_no_noise_on_every_path(string name, string on)
    {
        TimeGrid grid = GridCatalog.Find(name).Create(Paths[on], 8);
        Assert.Equal(8, grid.Steps);
        Assert.Equal(0, grid[^1].Sigma);
        Assert.All(grid.Zip(grid.Skip(1)), pair => Assert.True(pair.First.Lambda <= pair.Second.Lambda, $"{pair.First} before {pair.Second}"));
        Assert.Equal(0, grid.Count(level => level.Alpha is > 0 and < 1e-6));
    }
}
