using Levare.Runtime;
using Xunit;

namespace Levare.Tests.Runtime;

public sealed class AtomicFileTests
{
    [Fact]
    public void A_writing_that_fails_leaves_the_old_file_and_nothing_beside_it()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("a.txt");
        AtomicFile.WriteText(path, "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void What_cannot_be_written_is_named_and_not_the_file_aside()
    {
        using TemporaryFolder folder = new();
        string path = folder.File(new string('a', 250) + ".txt");
        Exception error = Assert.ThrowsAny<IOException>(() => AtomicFile.WriteText(path, "new"));
        Assert.Contains($"{path} cannot be written", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_folder_is_made_and_an_old_file_replaced()
    {
        using TemporaryFolder folder = new();
        string path = folder.File(Path.Combine("new", "a.txt"));
        AtomicFile.WriteText(path, "first");
        AtomicFile.WriteText(path, "second");
        Assert.Equal("second", File.ReadAllText(path));
    }
}
