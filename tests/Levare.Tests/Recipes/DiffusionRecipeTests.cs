using System.Text.Json;
using Levare.Compatibility;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Recipes;
using Xunit;

namespace Levare.Tests.Recipes;

public sealed class DiffusionRecipeTests
{
    public static TheoryData<DiffusionRecipe> All =>
    [
        new EdmDiffusion(), new EdmDiffusion(0.3, 0.01, 40), new FlowDiffusion(), new VpDiffusion(), new VpDiffusion(VpBetas.Linear, VpPrediction.Epsilon),
        new VpDiffusion(VpBetas.ScaledLinear, VpPrediction.Sample),
    ];

    [Theory]
    [MemberData(nameof(All))]
    public void The_scheduler_that_is_written_samples_what_was_trained(DiffusionRecipe recipe)
    {
        using JsonDocument config = JsonDocument.Parse(recipe.Scheduler().ToJsonString());
        string name = config.RootElement.GetProperty("_class_name").GetString()!;
        Assert.SkipUnless(DiffusersScheduler.Names.Contains(name), $"{name} is not there yet");
        DiffusersSchedule schedule = DiffusersScheduler.Create(config.RootElement, new(12));
        Assert.Empty(schedule.UnknownKeys);
        foreach (NoiseLevel level in schedule.Grid.SkipLast(1))
        {
            Preconditioning expected = recipe.Parameterisation().At(recipe.Path().At(recipe.Path().TimeAt(level.Lambda)));
            Preconditioning actual = schedule.Parameterisation.At(level);
            // Of paths that differ by a scale of the state, the ratios are what counts.
            double norm = Math.Sqrt(level.Alpha * level.Alpha + level.Sigma * level.Sigma);
            NoiseLevel own = recipe.Path().At(recipe.Path().TimeAt(level.Lambda));
            double ownNorm = Math.Sqrt(own.Alpha * own.Alpha + own.Sigma * own.Sigma);
            Assert.Equal(expected.Input * ownNorm, actual.Input * norm, 1e-3);
            Assert.Equal(expected.Skip * ownNorm, actual.Skip * norm, 1e-3);
            Assert.Equal(expected.Output, actual.Output, 1e-2);
            Assert.Equal(expected.Noise, actual.Noise, 1e-3 * Math.Max(1, Math.Abs(expected.Noise)));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Samples_go_from_noise_to_no_noise(DiffusionRecipe recipe)
    {
        var grid = recipe.Grid(7);
        Assert.Equal(7, grid.Steps);
        Assert.Equal(0, grid[7].Sigma);
        Assert.Equal(1, grid[7].Alpha);
        Assert.True(grid[0].Ratio > 10);
        Assert.All(grid.Zip(grid.Skip(1)), pair => Assert.True(pair.First.Ratio > pair.Second.Ratio));
    }
}
