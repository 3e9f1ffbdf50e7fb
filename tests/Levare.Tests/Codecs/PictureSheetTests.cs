using Levare.Codecs;
using Levare.Data;
using Levare.Tests.Data;
using Xunit;

namespace Levare.Tests.Codecs;

public sealed class PictureSheetTests
{
    [Fact]
    public void Pictures_lie_row_by_row_with_gaps_each_pixel_enlarged()
    {
        RawImage[] pictures = [.. Enumerable.Range(1, 3).Select(i => TestPictures.Plain((byte)(10 * i), 0, 0, 2, 1))];
        RawImage sheet = PictureSheet.Of(pictures, columns: 2, scale: 3);
        Assert.Equal((2 + 2 * 8, 2 + 2 * 5), (sheet.Width, sheet.Height));
        Assert.Equal(255, Red(sheet, 1, 2));
        Assert.Equal(10, Red(sheet, 2, 2));
        Assert.Equal(10, Red(sheet, 7, 4));
        Assert.Equal(255, Red(sheet, 8, 4));
        Assert.Equal(20, Red(sheet, 10, 2));
        Assert.Equal(30, Red(sheet, 2, 7));
        Assert.Equal(255, Red(sheet, 10, 7));
    }

    [Fact]
    public void Pictures_of_two_sizes_are_refused() =>
        Assert.Throws<ArgumentException>(() => PictureSheet.Of([TestPictures.Plain(1, 1, 1, 2, 2), TestPictures.Plain(1, 1, 1, 3, 2)], 2));

    private static byte Red(RawImage sheet, int x, int y) => sheet.Bytes[(y * sheet.Width + x) * 3];
}
