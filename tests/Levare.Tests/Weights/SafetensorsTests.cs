using CsCheck;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Weights;

public sealed class SafetensorsTests
{
    private static readonly ScalarType[] Types =
    [
        ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16,
        ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool,
    ];

    [Fact]
    public void What_is_written_is_read_back_bit_for_bit()
    {
        Gen<(string Key, ScalarType Type, long[] Shape, bool Turned)> oneTensor = Gen.Select(
            Gen.String[Gen.Char.AlphaNumeric, 1, 12], Gen.Int[0, Types.Length - 1].Select(i => Types[i]), Gen.Long[0, 5].Array[0, 4], Gen.Bool);
        oneTensor.Array[0, 6].Sample(drawn =>
        {
            using var scope = NewDisposeScope();
            using TemporaryFolder folder = new();
            Dictionary<string, Tensor> tensors = drawn.DistinctBy(t => t.Key).ToDictionary(t => t.Key, t => Draw(t.Type, t.Shape, t.Turned));
            SafetensorsWriter.Write(folder.File("x.safetensors"), tensors, new Dictionary<string, string> { ["format"] = "pt" });
            using SafetensorsFile file = SafetensorsFile.Open(folder.File("x.safetensors"));
            Assert.Equal("pt", file.Metadata["format"]);
            Assert.Equal(tensors.Keys.Order(StringComparer.Ordinal), file.Entries.Keys.Order(StringComparer.Ordinal));
            foreach ((string key, Tensor expected) in tensors) AssertSame(expected, file.Load(key));
        }, iter: 40);
    }

    [Fact]
    public void A_tensor_is_converted_on_loading_as_torch_converts_it()
    {
        using var scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        Tensor half = randn(7, 5).to(ScalarType.Float16);
        SafetensorsWriter.Write(folder.File("x.safetensors"), [new("a", half)]);
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("x.safetensors"));
        AssertSame(half.to(ScalarType.Float32), file.Load("a", ScalarType.Float32));
        AssertSame(half.to(ScalarType.BFloat16), file.Load("a", ScalarType.BFloat16));
    }

    [Fact]
    public void A_tensor_is_read_into_any_target_of_its_shape()
    {
        using var scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        Tensor stored = randn(4, 6);
        SafetensorsWriter.Write(folder.File("x.safetensors"), [new("a", stored)]);
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("x.safetensors"));
        Tensor same = zeros(4, 6), wider = zeros(4, 6, ScalarType.Float64), turned = zeros(6, 4).t();
        foreach (Tensor target in new[] { same, wider, turned })
        {
            file.LoadInto("a", target);
            AssertSame(stored, target.to(ScalarType.Float32).contiguous());
        }
        Assert.Contains("[6, 4]", Assert.Throws<ArgumentException>(() => file.LoadInto("a", zeros(6, 4))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_that_a_reader_would_trip_over_are_not_written()
    {
        using TemporaryFolder folder = new();
        using Tensor tensor = ones(1);
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder.File("x.safetensors"), [new("a", tensor), new("a", tensor)]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder.File("x.safetensors"), [new("__metadata__", tensor)]));
        Assert.Empty(Directory.EnumerateFiles(folder.Path));
    }

    [Fact]
    public void Many_threads_read_one_file()
    {
        using TemporaryFolder folder = new();
        using Tensor stored = arange(10_000, ScalarType.Float32);
        SafetensorsWriter.Write(folder.File("x.safetensors"), [new("a", stored)]);
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("x.safetensors"));
        Parallel.For(0, 64, _ =>
        {
            using Tensor read = file.Load("a");
            Assert.True(read.Equals(stored));
        });
    }

    [Fact]
    public void A_file_of_more_than_two_gigabytes_is_written_and_read()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("LEVARE_LARGE_TESTS") == "1", "set LEVARE_LARGE_TESTS=1 to write 2.2 GB");
        using var scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        const long count = 2_200_000_000;
        Tensor large = zeros(count, ScalarType.Byte);
        large[count - 1] = tensor((byte)7);
        SafetensorsWriter.Write(folder.File("x.safetensors"), [new("large", large), new("z", ones(1))]);
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("x.safetensors"));
        Assert.Equal(7, file.Load("large")[count - 1].item<byte>());
        Assert.Equal(1, file.Load("z").item<float>());
    }

    private static Tensor Draw(ScalarType type, long[] shape, bool turned)
    {
        Tensor tensor = (randn(shape) * 50).to(type);
        return turned && shape.Length > 1 ? tensor.transpose(0, shape.Length - 1) : tensor;
    }

    private static void AssertSame(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.dtype, actual.dtype);
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(actual.Equals(expected));
    }
}
