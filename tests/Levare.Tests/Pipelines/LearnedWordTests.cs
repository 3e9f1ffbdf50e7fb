using Levare.Conditioning.Clip;
using Levare.Pipelines;
using Levare.Verification;
using Xunit;

namespace Levare.Tests.Pipelines;

/// <summary>Models that were told of words.</summary>
public sealed class LearnedWordTests : IDisposable
{
    private static readonly ImageRequest Request = new("a <cat-toy>") { Seed = 3, Steps = 1, Size = new(64, 64) };
    private readonly GoldenCase _case = Golden.Open("sd/sd15_textual_inversion3");
    private readonly ImageModel _model;

    public LearnedWordTests() => _model = ImageModel.Load(Path.Combine(_case.Folder, "..", "sd15_small_model"));

    [Fact]
    public void Words_change_pictures_that_speak_of_them_and_leave_the_model_as_it_was()
    {
        byte[] before = Bytes(_model);
        using ImageModel told = Told(_model);
        Assert.NotEqual(before, Bytes(told));
        Assert.Equal(Bytes(_model, Request with { Prompt = "a cat" }), Bytes(told, Request with { Prompt = "a cat" }));
        Assert.Equal(before, Bytes(_model));
    }

    [Fact]
    public void What_a_told_model_shares_lives_as_long_as_it_does()
    {
        ImageModel origin = ImageModel.Load(_model.Folder);
        using ImageModel told = Told(origin);
        byte[] before = Bytes(told);
        origin.Dispose();
        Assert.Equal(before, Bytes(told));
    }

    [Fact]
    public void A_picture_says_which_words_its_model_was_told_of()
    {
        using ImageModel told = Told(_model);
        ImageRecipe recipe = told.Generate(Request).Recipe;
        WordRecipe word = Assert.Single(ImageRecipe.Parse(recipe.ToJson()).Words!.Value);
        Assert.Equal(("<cat-toy>", "a1111", 64), (word.Token, word.Name, word.Hash.Length));
        Assert.Contains($"TI hashes: \"a1111: {word.Hash[..12]}\"", recipe.ToParameters(), StringComparison.Ordinal);
        Assert.Null(_model.Generate(Request).Recipe.Words);
    }

    public void Dispose()
    {
        _model.Dispose();
        _case.Dispose();
    }

    private ImageModel Told(ImageModel model)
    {
        using TextualInversion word = TextualInversion.Load(Path.Combine(_case.Folder, "a1111.pt"), "<cat-toy>");
        return model.With(word);
    }

    private static byte[] Bytes(ImageModel model, ImageRequest? request = null) => model.Generate(request ?? Request).Image.Bytes;
}
