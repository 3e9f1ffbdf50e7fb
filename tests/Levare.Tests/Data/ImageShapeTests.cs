using Levare.Data;
using Xunit;

namespace Levare.Tests.Data;

public sealed class ImageShapeTests
{
    [Fact]
    public void Crop_takes_the_middle_of_the_longer_side()
    {
        byte[] planes = new ImageShape(4, 1).Apply(TestPictures.Ramp(8, 4));
        Assert.Equal([20, 30, 40, 50], planes[..4]);
        Assert.Equal([23, 33, 43, 53], planes[12..]);
    }

    [Fact]
    public void Pad_keeps_smaller_pictures_as_they_are_in_a_black_frame()
    {
        byte[] planes = new ImageShape(6, 1, ImageFit.Pad).Apply(TestPictures.Ramp(4, 4));
        Assert.Equal([0, 0, 0, 0, 0, 0], planes[..6]);
        Assert.Equal([0, 0, 10, 20, 30, 0], planes[6..12]);
        Assert.Equal([0, 3, 13, 23, 33, 0], planes[24..30]);
    }

    [Fact]
    public void Pad_makes_larger_pictures_fit()
    {
        byte[] planes = new ImageShape(4, 3, ImageFit.Pad).Apply(TestPictures.Plain(9, 8, 7, 16, 8));
        Assert.Equal([0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 0, 0, 0, 0], planes[..16]);
    }

    [Fact]
    public void Stretch_uses_the_whole_picture() =>
        Assert.Equal(3 * 25, new ImageShape(5, 3, ImageFit.Stretch).Apply(TestPictures.Plain(1, 1, 1, 16, 8)).Count(value => value == 1));

    [Fact]
    public void Transparent_pictures_lie_on_the_background()
    {
        RawImage clear = new(2, 2, 4, [.. Enumerable.Repeat((byte)0, 12), 10, 20, 30, 255]);
        byte[] planes = new ImageShape(2, 3, Background: 200).Apply(clear);
        Assert.Equal([200, 200, 200, 10, 200, 200, 200, 20, 200, 200, 200, 30], planes);
    }
}
