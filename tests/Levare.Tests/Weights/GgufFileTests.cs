using System.Text;
using Levare.Verification;
using Levare.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Weights;

public sealed class GgufFileTests
{
    public static TheoryData<string> Cases => Golden.Cases("gguf");

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Quantised_tensors_have_the_values_of_the_Python_package_to_the_last_bit(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        Assert.SkipWhen(golden.Json.TryGetProperty("class", out _), "a network that is not built yet");
        Golden.Check(new GgufVerifier().Verify(golden));
    }

    [Fact]
    public void A_network_of_quantised_weights_is_filled_with_their_values()
    {
        using TemporaryFolder folder = new();
        using IWeights weights = WeightsFile.Open(new GgufBuilder().Text("general.architecture", "sd1").Tensor("weight", 8, [32, 2], [.. Q8(0.5f, 1), .. Q8(-2f, 3)]).Write(folder.File("x.gguf")));
        using Tensor target = zeros(2, 32), bf16 = weights.Load("weight", ScalarType.BFloat16);
        weights.LoadInto("weight", target);
        Assert.Equal([0.5f, -6f], [target[0, 31].item<float>(), target[1, 0].item<float>()]);
        Assert.Equal(ScalarType.BFloat16, bf16.dtype);
        Assert.Equal("sd1", Assert.IsType<GgufFile>(weights).Metadata["general.architecture"]);
    }

    [Fact]
    public void Plain_tensors_are_the_memory_of_the_file()
    {
        using TemporaryFolder folder = new();
        using GgufFile file = GgufFile.Open(new GgufBuilder().Tensor("x", 0, [2], [.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f)]).Write(folder.File("x.gguf")));
        using Tensor one = file.Map("x"), other = file.Map("x");
        one.fill_(5);
        Assert.Equal([5f, 5f], other.data<float>().ToArray());
    }

    [Fact]
    public void A_shape_that_was_flattened_for_the_format_comes_back()
    {
        using TemporaryFolder folder = new();
        GgufBuilder builder = new GgufBuilder().Integers("comfy.gguf.orig_shape.x", 2, 1, 32, 1).Tensor("x", 8, [32, 2], [.. Q8(1, 1), .. Q8(1, 1)]);
        using GgufFile file = GgufFile.Open(builder.Write(folder.File("x.gguf")));
        Assert.Equal([2, 1, 32, 1], file.Entries["x"].Shape);
    }

    public static TheoryData<string, GgufBuilder> BrokenFiles => new()
    {
        { "its version is 9", new GgufBuilder { Version = 9 } },
        { "it claims 1000000000000 tensors", new GgufBuilder { TensorCount = 1_000_000_000_000 } },
        { "it claims -1 tensors", new GgufBuilder { TensorCount = -1 } },
        { "it claims 1000000000000 settings", new GgufBuilder { SettingCount = 1_000_000_000_000 } },
        { "its alignment is 3", new GgufBuilder().Alignment(3) },
        { "tensor 'x' has 9 sides", new GgufBuilder().Tensor("x", 0, [1, 1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 0]) },
        { "whose rows are no whole blocks of 32 values", new GgufBuilder().Tensor("x", 8, [33], new byte[34]) },
        { "whose rows are no whole blocks of 256 values", new GgufBuilder().Tensor("x", 12, [128, 2], new byte[144]) },
        { "tensor 'x' claims 400 bytes from byte 0 of 32", new GgufBuilder().Tensor("x", 0, [100], new byte[4]) },
        { "a side of the shape is -1", new GgufBuilder().Tensor("x", 0, [-1], new byte[4]) },
        { "Arithmetic operation resulted in an overflow", new GgufBuilder().Tensor("x", 0, [long.MaxValue, long.MaxValue], new byte[4]) },
        { "it has the tensor 'x' twice", new GgufBuilder().Tensor("x", 0, [1], new byte[4]).Tensor("x", 0, [1], new byte[4]) },
        { "a text claims 9223372036854775807 bytes", new GgufBuilder().LongKey(long.MaxValue) },
    };

    [Theory]
    [MemberData(nameof(BrokenFiles))]
    public void A_broken_file_is_an_error_that_says_where(string expected, GgufBuilder builder)
    {
        using TemporaryFolder folder = new();
        string path = builder.Write(folder.File("x.gguf"));
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => GgufFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Element_types_that_are_not_known_are_named()
    {
        using TemporaryFolder folder = new();
        string path = new GgufBuilder().Tensor("x", 16, [256], new byte[66]).Write(folder.File("x.gguf"));
        Assert.Contains("IQ2_XXS", Assert.Throws<NotSupportedException>(() => GgufFile.Open(path)).Message, StringComparison.Ordinal);
    }

    private static byte[] Q8(float scale, sbyte number) => [.. BitConverter.GetBytes((Half)scale), .. Enumerable.Repeat((byte)number, 32)];
}

/// <summary>Writes GGUF files, sound or not.</summary>
public sealed class GgufBuilder
{
    private readonly List<byte[]> _settings = [], _tensors = [], _data = [];
    private long _offset;

    public uint Version { get; init; } = 3;

    public long? TensorCount { get; init; }

    public long? SettingCount { get; init; }

    public GgufBuilder Text(string key, string value) => Setting([.. String(key), .. BitConverter.GetBytes(8u), .. String(value)]);

    public GgufBuilder Alignment(uint value) => Setting([.. String("general.alignment"), .. BitConverter.GetBytes(4u), .. BitConverter.GetBytes(value)]);

    public GgufBuilder Integers(string key, params int[] values) =>
        Setting([.. String(key), .. BitConverter.GetBytes(9u), .. BitConverter.GetBytes(5u), .. BitConverter.GetBytes((long)values.Length), .. values.SelectMany(BitConverter.GetBytes)]);

    public GgufBuilder LongKey(long length) => Setting([.. BitConverter.GetBytes(length), .. new byte[16]]);

    /// <summary>A tensor; the side that varies fastest comes first.</summary>
    public GgufBuilder Tensor(string name, uint type, long[] sides, byte[] data)
    {
        _tensors.Add([.. String(name), .. BitConverter.GetBytes((uint)sides.Length), .. sides.SelectMany(BitConverter.GetBytes), .. BitConverter.GetBytes(type), .. BitConverter.GetBytes(_offset)]);
        byte[] padded = [.. data, .. new byte[(32 - data.Length % 32) % 32]];
        _data.Add(padded);
        _offset += padded.Length;
        return this;
    }

    public string Write(string path)
    {
        byte[] head =
        [
            .. "GGUF"u8, .. BitConverter.GetBytes(Version), .. BitConverter.GetBytes(TensorCount ?? _tensors.Count), .. BitConverter.GetBytes(SettingCount ?? _settings.Count),
            .. _settings.SelectMany(bytes => bytes), .. _tensors.SelectMany(bytes => bytes),
        ];
        File.WriteAllBytes(path, [.. head, .. new byte[(32 - head.Length % 32) % 32], .. _data.SelectMany(bytes => bytes)]);
        return path;
    }

    private GgufBuilder Setting(byte[] bytes)
    {
        _settings.Add(bytes);
        return this;
    }

    private static byte[] String(string text) => [.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];
}
