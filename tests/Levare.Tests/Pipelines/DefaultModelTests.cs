using Levare.Data;
using Levare.Pipelines;
using Xunit;

namespace Levare.Tests.Pipelines;

/// <summary>What the model in the box promises, seed by seed.</summary>
public sealed class DefaultModelTests
{
    private const int Least = 20;
    private static readonly Lazy<ImageModel> Model = new(() => ImageModel.LoadDefault());

    [Theory]
    [InlineData("red apple", 0)]
    [InlineData("green heart", 1)]
    [InlineData("blue heart", 2)]
    public void The_middle_of_a_thing_has_the_colour_that_the_prompt_names(string prompt, int strongest)
    {
        double[] middle = Mean(Generate(prompt), 24, 28, 40, 44);
        Assert.All(Enumerable.Range(0, 3).Where(channel => channel != strongest), other => Assert.True(middle[strongest] > middle[other] + Least, string.Join(", ", middle)));
    }

    [Theory]
    [InlineData("cat on a blue background", 2)]
    [InlineData("dog on a red background", 0)]
    [InlineData("panda on a green background", 1)]
    public void A_background_has_the_colour_that_the_prompt_names(string prompt, int strongest)
    {
        double[] corner = Mean(Generate(prompt), 0, 0, 6, 6);
        Assert.All(Enumerable.Range(0, 3).Where(channel => channel != strongest), other => Assert.True(corner[strongest] > corner[other] + Least, string.Join(", ", corner)));
    }

    [Fact]
    public void A_background_is_white_where_the_prompt_names_none() => Assert.All(Mean(Generate("red apple"), 0, 0, 5, 5), channel => Assert.InRange(channel, 225, 255));

    [Fact]
    public void A_small_thing_is_at_the_place_that_the_prompt_names()
    {
        RawImage image = Generate("small pizza at the bottom left");
        double[] there = Mean(image, 8, 40, 24, 56), opposite = Mean(image, 36, 4, 60, 28);
        Assert.True(opposite.Min() > 225, string.Join(", ", opposite));
        Assert.True(there.Min() < 190, string.Join(", ", there));
    }

    [Fact]
    public void Words_that_it_does_not_know_still_give_a_picture() => Assert.Equal(64, Generate("xyzzy quux").Width);

    private static RawImage Generate(string prompt) => Model.Value.Generate(new ImageRequest(prompt) { Seed = 3 }).Image;

    // The mean of each channel over a rectangle, 0..255.
    private static double[] Mean(RawImage image, int left, int top, int right, int bottom)
    {
        double[] sum = new double[3];
        for (int y = top; y < bottom; y++)
            for (int x = left; x < right; x++)
                for (int c = 0; c < 3; c++) sum[c] += image.Bytes[(y * image.Width + x) * 3 + c];
        return [.. sum.Select(total => total / ((right - left) * (bottom - top)))];
    }
}
