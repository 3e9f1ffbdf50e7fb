using Levare.Cli;
using Xunit;

namespace Levare.Tests.Cli;

public sealed class OutputFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_name_that_was_taken_meanwhile_gives_way_to_the_next_that_is_free()
    {
        string path = _folder.File("same.png");
        string[] reserved = new string[8];
        Parallel.For(0, reserved.Length, i => reserved[i] = OutputFiles.Reserve(path));
        Assert.Equal([path, .. Enumerable.Range(2, 7).Select(n => _folder.File($"same-{n}.png"))], reserved.OrderBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("note.txt/a.png")]
    [InlineData("note.txt/deep/")]
    public void Where_no_file_can_be_is_refused_before_any_work(string target)
    {
        File.WriteAllText(_folder.File("note.txt"), "");
        UsageException error = Assert.Throws<UsageException>(() => OutputFiles.Plan(_folder.File(target), "a cat", 1, overwrite: true));
        Assert.Contains("note.txt is a file, where a folder is needed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_and_folders_that_take_no_files_are_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "devices and /proc are there on Linux");
        Assert.Contains("device", Assert.Throws<UsageException>(() => OutputFiles.RequireFree("/dev/null", overwrite: true)).Message, StringComparison.Ordinal);
        Assert.Contains("nothing can be written in /proc", Assert.Throws<UsageException>(() => OutputFiles.Plan("/proc/a.png", "", 1, overwrite: false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_is_tried_without_a_trace()
    {
        OutputFiles.Plan(_folder.File("new/a.png"), "", 2, overwrite: false);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }
}
