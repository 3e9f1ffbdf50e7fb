using Levare.Recipes;
using Levare.Training;
using Xunit;

namespace Levare.Tests.Recipes;

public sealed class RecipeJsonTests
{
    public static TheoryData<string> Names => [.. RecipeCatalog.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Recipes_that_come_with_Levare_are_sound_and_called_what_their_file_is(string name)
    {
        Recipe recipe = RecipeCatalog.Find(name);
        Assert.Equal(name, recipe.Name);
        recipe.Network.ToConfig(recipe.Data.Size, recipe.Data.Channels, 10).Validate();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_written_reads_back_the_same(string name)
    {
        string once = RecipeJson.Write(RecipeCatalog.Find(name));
        Assert.Equal(once, RecipeJson.Write(RecipeJson.Parse(once, name)));
        Assert.DoesNotContain("\"steps\": null", once);
    }

    [Theory]
    [InlineData("\"bach\": 3", "bach", "batch")]
    [InlineData("\"sampling\": { \"stepps\": 3 }", "sampling.stepps", "steps")]
    [InlineData("\"averages\": [{ \"kind\": \"power\", \"gama\": 3 }]", "averages[0].gama", "gamma")]
    [InlineData("\"diffusion\": { \"kind\": \"edm\", \"sigma_dat\": 3 }", "diffusion.sigma_dat", "sigma_data")]
    [InlineData("\"diffusion\": { \"kind\": \"emd\" }", "diffusion", "edm")]
    [InlineData("\"precision\": \"bfloat\"", "bfloat", "bfloat16")]
    [InlineData("\"averages\": [{ \"kind\": \"power\", \"name\": \"x\", \"gamma\": 3 }]", "averages[0].name", "gamma")]
    public void An_unknown_key_is_named_with_its_place_and_the_nearest_one(string entry, string place, string meant)
    {
        string message = Assert.Throws<InvalidDataException>(() => RecipeJson.Parse(With(entry), "file.json")).Message;
        Assert.Contains("file.json", message);
        Assert.Contains($"'{place}'", message);
        Assert.Contains(meant, message);
    }

    [Theory]
    [InlineData("\"batch\": 0", "batch")]
    [InlineData("\"batch\": \"many\"", "batch")]
    [InlineData("\"precision\": \"int3\"", "precision")]
    [InlineData("\"learning_rate\": -1", "learning_rate")]
    [InlineData("\"data\": { \"size\": 31 }", "data.size")]
    [InlineData("\"network\": { \"channels\": [32, 64], \"attention\": [9] }", "network.attention")]
    [InlineData("\"network\": { \"channels\": [30, 62] }", "network.channels")]
    [InlineData("\"averages\": []", "averages")]
    [InlineData("\"diffusion\": { }", "diffusion")]
    public void A_value_that_cannot_be_meant_is_named(string entry, string place) =>
        Assert.Contains(place, Assert.Throws<InvalidDataException>(() => RecipeJson.Parse(With(entry), "file.json")).Message);

    [Fact]
    public void Comments_and_a_schema_are_allowed_and_gaps_are_filled()
    {
        Recipe recipe = RecipeJson.Parse(With("\"$schema\": \"https://example.org\", // a comment\n\"precision\": \"bfloat16\""), "file.json");
        Assert.Equal(Precision.BFloat16, recipe.Precision);
        Assert.Equal(32, recipe.Batch);
        Assert.IsType<EdmDiffusion>(recipe.Diffusion);
        Assert.Equal(new LogNormalLevels(), recipe.Diffusion.Levels);
    }

    [Fact]
    public void The_schema_in_the_documentation_is_that_of_the_code()
    {
        string path = Path.Combine(Repository(), "docs", "recipe.schema.json");
        string schema = RecipeJson.Schema();
        if (Environment.GetEnvironmentVariable("LEVARE_WRITE_SCHEMA") is { Length: > 0 }) File.WriteAllText(path, schema);
        Assert.Equal(schema, File.ReadAllText(path).ReplaceLineEndings("\n"));
        Assert.Contains("\"additionalProperties\": false", schema);
        Assert.Contains("min-snr", schema);
    }

    [Fact]
    public void An_unknown_recipe_suggests_the_nearest_name() =>
        Assert.Contains("image-64", Assert.ThrowsAny<ArgumentException>(() => RecipeCatalog.Find("imag-64")).Message);

    // The least recipe with an entry added, or put in the place of its own.
    private static string With(string entry)
    {
        Dictionary<string, string> parts = new()
        {
            ["\"name\""] = "\"name\": \"x\"", ["\"data\""] = "\"data\": { \"size\": 32 }", ["\"network\""] = "\"network\": { \"channels\": [32, 64] }",
        };
        parts[entry[..entry.IndexOf(':')]] = entry;
        return $"{{ {string.Join(", ", parts.Values)} }}";
    }

    private static string Repository()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Levare.slnx"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
