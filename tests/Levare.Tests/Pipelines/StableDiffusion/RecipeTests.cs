using Levare.Conditioning.Prompts;
using Levare.Pipelines;
using Levare.Pipelines.Tasks;
using Levare.Verification;
using Xunit;

namespace Levare.Tests.Pipelines.StableDiffusion;

public sealed class RecipeTests : IDisposable
{
    private readonly GoldenCase _golden = Golden.Open("sd/sdxl_txt2img");
    private readonly ImageModel _model;

    private readonly ImageRequest _request = new("a (cat:1.2)")
    {
        Negative = "a dog", SecondPrompt = "in oil", SecondNegative = "in ink", Syntax = PromptSyntax.Weighted, ClipSkip = 1, Seed = 5, Guidance = 4, GuidanceRescale = 0.5,
        Steps = 4, Size = new(64, 64), Micro = new() { CropTop = 4, OriginalSize = new(200, 100) },
    };

    public RecipeTests() => _model = ImageModel.Load(Path.Combine(_golden.Folder, _golden.Json.GetProperty("model").GetString()!));

    public void Dispose()
    {
        _model.Dispose();
        _golden.Dispose();
    }

    [Fact]
    public void A_recipe_holds_every_choice_of_a_request_and_makes_the_picture_again()
    {
        ImageResult made = _model.Generate(_request);
        ImageRequest again = ImageRecipe.Parse(made.Recipe.ToJson()).ToRequest();
        Assert.Equal(_request with { Timesteps = again.Timesteps, Sigmas = again.Sigmas, Controls = again.Controls }, again);
        Assert.Equal(made.Encode(), _model.Generate(again).Encode());
    }

    [Fact]
    public void Timesteps_and_the_share_of_the_way_are_kept_too()
    {
        ImageRequest request = new("a cat") { Timesteps = [901, 601, 301], Until = 0.5, Size = new(64, 64), Guidance = 0 };
        ImageRequest again = ImageRecipe.Parse(_model.Generate(request).Recipe.ToJson()).ToRequest();
        Assert.Equal([901, 601, 301], again.Timesteps);
        Assert.Equal(0.5, again.Until);
    }

    [Fact]
    public void The_task_is_named_with_its_numbers_and_the_hashes_of_its_pictures()
    {
        ImageRequest request = _request with { Task = new ImageToImage(TinyLatentModel.Picture(64, 64)), Size = null };
        ImageRecipe recipe = ImageRecipe.Parse(_model.Generate(request).Recipe.ToJson());
        Assert.Equal("ImageToImage", recipe.Task!.Name);
        Assert.Equal(0.3, Assert.Single(recipe.Task.Settings, pair => pair.Key == "strength").Value);
        Assert.Equal(64, Assert.Single(recipe.Task.Inputs).Length);
        Assert.NotEqual(recipe.Task, _model.Generate(request with { Task = new ImageToImage(TinyLatentModel.Picture(72, 64)) }).Recipe.Task);
        Assert.Contains("Denoising strength: 0.3, Clip skip: 2, ", recipe.ToParameters(), StringComparison.Ordinal);
    }
}
