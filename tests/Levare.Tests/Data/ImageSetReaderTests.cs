using Levare.Data;
using Xunit;

namespace Levare.Tests.Data;

public sealed class ImageSetReaderTests
{
    [Fact]
    public void Broken_pictures_are_left_out_and_named_while_they_are_few()
    {
        using TemporaryFolder folder = new();
        for (int i = 0; i < 19; i++) folder.Write($"{i:00}.png", TestPictures.Png((byte)i, 0, 0));
        folder.Write("05b.png", "not a picture");
        using ImageSet images = ImageSetReader.Read(new ImageFolder(folder.Path), new(new ImageShape(4)));
        Assert.Equal(19, images.Count);
        Assert.Equal("05b.png", Path.GetFileName(Assert.Single(images.Skipped).Name));
        Assert.Equal(6, images.Pixels(6)[0]);
    }

    [Fact]
    public void Too_many_broken_pictures_are_an_error_that_lists_the_first_ten()
    {
        using TemporaryFolder folder = new();
        for (int i = 0; i < 12; i++) folder.Write($"bad{i:00}.png", "not a picture");
        for (int i = 0; i < 50; i++) folder.Write($"good{i:00}.png", TestPictures.Png(1, 0, 0));
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => ImageSetReader.Read(new ImageFolder(folder.Path), new(new ImageShape(4))));
        Assert.Contains("12 of 62", error.Message);
        Assert.Contains("bad09.png", error.Message);
        Assert.DoesNotContain("bad10.png", error.Message);
    }

    [Fact]
    public void A_cache_file_gives_the_same_set_and_is_made_again_when_the_source_changes()
    {
        using TemporaryFolder folder = new(), cacheFolder = new();
        string cache = Path.Combine(cacheFolder.Path, "set.cache");
        folder.Write("cat/a.png", TestPictures.Png(1, 2, 3));
        folder.Write("dog/b.png", TestPictures.Png(4, 5, 6));
        ImageReading cached = new(new ImageShape(4)) { CacheFile = cache };
        using ImageSet plain = ImageSetReader.Read(new ImageFolder(folder.Path), cached with { CacheFile = null });
        DateTime written;
        using (ImageSet first = ImageSetReader.Read(new ImageFolder(folder.Path), cached))
        {
            AssertEqual(plain, first);
            written = File.GetLastWriteTimeUtc(cache);
        }
        using (ImageSet second = ImageSetReader.Read(new ImageFolder(folder.Path), cached)) AssertEqual(plain, second);
        Assert.Equal(written, File.GetLastWriteTimeUtc(cache));
        folder.Write("dog/c.png", TestPictures.Png(7, 8, 9));
        ImageSet third = ImageSetReader.Read(new ImageFolder(folder.Path), cached);
        Assert.Equal(3, third.Count);
        third.Dispose();
        Assert.Throws<ObjectDisposedException>(() => third.Pixels(0).Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    [InlineData(60)]
    public void A_cache_file_that_is_cut_off_is_made_again(int length)
    {
        using TemporaryFolder folder = new();
        string cache = Path.Combine(folder.Path, "set.cache");
        folder.Write("a.png", TestPictures.Png(1, 2, 3));
        ImageReading reading = new(new ImageShape(4)) { CacheFile = cache };
        ImageSetReader.Read(new ImageFolder(folder.Path), reading).Dispose();
        File.WriteAllBytes(cache, File.ReadAllBytes(cache)[..length]);
        using ImageSet images = ImageSetReader.Read(new ImageFolder(folder.Path), reading);
        Assert.Equal(1, images.Pixels(0)[0]);
    }

    private static void AssertEqual(ImageSet expected, ImageSet actual)
    {
        Assert.Equal(expected.Names, actual.Names);
        Assert.Equal(expected.Labels, actual.Labels);
        Assert.Equal(expected.ClassNames, actual.ClassNames);
        for (int i = 0; i < expected.Count; i++) Assert.Equal(expected.Pixels(i).ToArray(), actual.Pixels(i).ToArray());
    }
}
