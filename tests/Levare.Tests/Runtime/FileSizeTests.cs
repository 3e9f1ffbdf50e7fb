using Levare.Runtime;
using Levare.Weights;
using TorchSharp;
using Xunit;

namespace Levare.Tests.Runtime;

public sealed class FileSizeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_link_is_as_large_as_what_it_leads_to()
    {
        string file = _folder.Write("deep/file", new byte[1234]), link = Link("link", "deep/file"), second = Link("second", "link");
        Assert.Equal((1234, 1234, 1234, 3 * 1234), (FileSize.Of(file), FileSize.Of(link), FileSize.Of(second), FileSize.OfFolder(_folder.Path)));
    }

    [Fact]
    public void A_link_to_nothing_has_no_size()
    {
        string link = Link("link", "nothing");
        Assert.Null(FileSize.Find(link));
        Assert.Null(FileSize.Find(_folder.File("nothing")));
        Assert.Throws<FileNotFoundException>(() => FileSize.Of(link));
    }

    [Fact]
    public void Weights_behind_a_link_open_like_others()
    {
        using torch.Tensor tensor = torch.arange(100);
        SafetensorsWriter.Write(_folder.File("blob"), new Dictionary<string, torch.Tensor>(StringComparer.Ordinal) { ["a"] = tensor });
        using SafetensorsFile file = SafetensorsFile.Open(Link("model.safetensors", "blob"));
        using torch.Tensor read = file.Load("a");
        Assert.Equal(4950, read.sum().ToInt64());
    }

    private string Link(string name, string target) => File.CreateSymbolicLink(_folder.File(name), target).FullName;
}
