using Levare.Data;
using Levare.Pipelines;
using Levare.Pipelines.Prompts;
using Levare.Pipelines.Tasks;
using Xunit;

namespace Levare.Tests.Pipelines.Prompts;

public sealed class MicroConditionsTests
{
    private static readonly ImageSize Size = new(64, 96);
    private static readonly ImageTask Words = new TextToImage(), Picture = new ImageToImage(new RawImage(1, 1, 3, new byte[3]));

    private static readonly MicroConditioning Told = new()
    {
        OriginalSize = new(512, 768), CropLeft = 1, CropTop = 2, TargetSize = new(1024, 1088), NegativeCropLeft = 3, NegativeCropTop = 4,
        NegativeOriginalSize = new(100, 200), NegativeTargetSize = new(300, 400), AestheticScore = 7, NegativeAestheticScore = 3,
    };

    [Fact]
    public void What_is_not_told_is_the_pictures_own_size_without_crop()
    {
        MicroConditions made = MicroConditions.Of(new(), Size, Words, isScored: false);
        Assert.Equal([96, 64, 0, 0, 96, 64], made.Positive);
        Assert.Equal(made.Positive, made.Negative);
    }

    [Fact]
    public void Heights_come_before_widths_and_tops_before_lefts()
    {
        MicroConditions made = MicroConditions.Of(Told, Size, Words, isScored: false);
        Assert.Equal([768, 512, 2, 1, 1088, 1024], made.Positive);
        Assert.Equal([200, 100, 4, 3, 400, 300], made.Negative);
    }

    [Fact]
    public void In_text_to_image_one_negative_size_alone_does_not_count()
    {
        MicroConditions made = MicroConditions.Of(Told with { NegativeTargetSize = null }, Size, Words, isScored: false);
        Assert.Equal(made.Positive, made.Negative);
    }

    [Fact]
    public void With_a_picture_each_negative_size_counts_alone_but_the_crop_is_the_positive_one()
    {
        MicroConditions made = MicroConditions.Of(Told with { NegativeTargetSize = null }, Size, Picture, isScored: false);
        Assert.Equal([200, 100, 2, 1, 1088, 1024], made.Negative);
    }

    [Fact]
    public void A_model_of_scores_is_told_them_in_the_place_of_target_sizes()
    {
        MicroConditions made = MicroConditions.Of(Told, Size, Picture, isScored: true);
        Assert.Equal([768, 512, 2, 1, 7], made.Positive);
        Assert.Equal([200, 100, 4, 3, 3], made.Negative);
    }

    [Fact]
    public void Instructions_for_a_picture_have_no_place_to_go_away_from() =>
        Assert.Equal([768, 512, 2, 1, 1088, 1024], MicroConditions.Of(Told, Size, new InstructPix2Pix(new RawImage(1, 1, 3, new byte[3])), isScored: false).Negative);
}
