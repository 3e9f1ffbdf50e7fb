using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Weights;

public sealed class SafetensorsTests
{
    [Fact]
    public void What_is_written_is_read_back_bit_for_bit()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        Dictionary<string, Tensor> tensors = new()
        {
            ["a"] = randn(3, 4), ["half"] = randn(5).to(ScalarType.Float16), ["ids"] = arange(7, ScalarType.Int64),
            ["scalar"] = tensor(2.5f), ["empty"] = zeros(0, 3), ["turned"] = randn(4, 6).t(),
        };
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string> { ["format"] = "pt" });
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            Assert.Equal("pt", file.Metadata["format"]);
            Assert.Equal(tensors.Keys.Order(), file.Entries.Keys.Order());
            foreach ((string name, Tensor expected) in tensors)
            {
                using Tensor actual = file.Load(name);
                Assert.Equal(expected.dtype, actual.dtype);
                Assert.Equal(expected.shape, actual.shape);
                Assert.True(actual.Equals(expected), name);
            }
        }
        File.Delete(path);
    }
}
