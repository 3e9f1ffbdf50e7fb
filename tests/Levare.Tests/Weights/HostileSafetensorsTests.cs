using System.Text;
using Levare.Weights;
using Xunit;

namespace Levare.Tests.Weights;

public sealed class HostileSafetensorsTests
{
    private const string Sound = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"I64","shape":[],"data_offsets":[8,16]}}""";

    [Fact]
    public void The_sound_file_that_the_others_are_made_from_opens()
    {
        using TemporaryFolder folder = new();
        using SafetensorsFile file = SafetensorsFile.Open(folder.Write("x.safetensors", Bytes(Sound, 16)));
        Assert.Equal([2L], file.Entries["a"].Shape);
        Assert.Empty(file.Entries["b"].Shape);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "inside the tensor before it")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "inside the tensor before it")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "after a gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "claims bytes 0..8 of 7")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "its shape needs 12")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "claims bytes 8..0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8, "claims bytes -8..0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,16]}}""", 8, "claims bytes 0..8..16")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "a side of the shape is -2")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0,9223372036854775807,9],"data_offsets":[0,0]}}""", 0, "tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""", 8, "tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}""", 8, "tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8, "tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", 8, "F8_E4M3")]
    [InlineData("""{"a":{"dtype":7,"shape":[8],"data_offsets":[0,8]}}""", 8, "tensor 'a'")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", 16, "header is not JSON")]
    [InlineData("""{"__metadata__":7,"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "__metadata__")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "not Unicode")]
    [InlineData("""{"a":7}""", 0, "tensor 'a'")]
    [InlineData("""[1,2]""", 0, "not a JSON object")]
    [InlineData("""{"a":""", 0, "header is not JSON")]
    [InlineData("""{"a":{"dtype":[[[[[[[[[[1]]]]]]]]]]}}""", 0, "header is not JSON")]
    public void A_broken_header_is_refused_with_its_reason(string header, int dataBytes, string reason)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("x.safetensors", Bytes(header, dataBytes));
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(7)]
    public void A_file_too_short_for_a_header_is_refused(int bytes)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("x.safetensors", new byte[bytes]);
        Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
    }

    [Theory]
    [InlineData(9UL)]
    [InlineData(100_000_001UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData((ulong)long.MaxValue)]
    public void A_header_that_claims_more_than_there_is_is_refused(ulong claimed)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("x.safetensors", [.. BitConverter.GetBytes(claimed), .. new byte[8]]);
        Assert.Contains("header claims", Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_asked_for_after_the_file_is_closed_is_an_error_and_no_crash()
    {
        using TemporaryFolder folder = new();
        SafetensorsFile file = SafetensorsFile.Open(folder.Write("x.safetensors", Bytes(Sound, 16)));
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Load("a"));
    }

    [Fact]
    public void A_name_that_is_not_there_is_named_with_the_file()
    {
        using TemporaryFolder folder = new();
        using SafetensorsFile file = SafetensorsFile.Open(folder.Write("x.safetensors", Bytes(Sound, 16)));
        KeyNotFoundException error = Assert.Throws<KeyNotFoundException>(() => file.Load("c"));
        Assert.Contains("'c'", error.Message, StringComparison.Ordinal);
        Assert.Contains(file.Path, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Bytes(string header, int dataBytes)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((ulong)json.Length), .. json, .. new byte[dataBytes]];
    }
}
