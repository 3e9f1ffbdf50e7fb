using System.IO.Compression;
using System.Text;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Weights;

public sealed class TorchPickleTests
{
    private static readonly byte[] SixFloats = [.. Enumerable.Range(0, 6).SelectMany(i => BitConverter.GetBytes((float)i))];

    [Fact]
    public void Tensors_of_an_archive_are_read_with_offsets_and_strides()
    {
        using TemporaryFolder folder = new();
        PickleBuilder pickle = new PickleBuilder().Op('}').Op('(')
            .Text("plain").Tensor("0", 6, 0, [2, 3], [3, 1])
            .Text("turned").Tensor("0", 6, 0, [3, 2], [1, 3])
            .Text("part").Tensor("0", 6, 4, [2], [1])
            .Text("scalar").Tensor("0", 6, 5, [], [])
            .Text("empty").Tensor("0", 6, 6, [0, 3], [3, 1]).Op('u');
        string path = folder.Write("x.pt", PickleBuilder.Archive(pickle.Stop(), ("model/data/0", SixFloats), ("model/byteorder", "little"u8.ToArray())));
        using IWeights weights = WeightsFile.Open(path);
        Assert.Equal([0, 1, 2, 3, 4, 5], Floats(weights, "plain"));
        Assert.Equal([0, 3, 1, 4, 2, 5], Floats(weights, "turned"));
        Assert.Equal([3L, 2L], weights.Entries["turned"].Shape);
        Assert.Equal([4, 5], Floats(weights, "part"));
        Assert.Equal([5], Floats(weights, "scalar"));
        Assert.Empty(Floats(weights, "empty"));
        using Tensor target = zeros(3, 2, ScalarType.Float64);
        weights.LoadInto("turned", target);
        Assert.Equal([0.0, 3, 1, 4, 2, 5], target.data<double>().ToArray());
    }

    [Fact]
    public void Dictionaries_within_dictionaries_become_keys_with_dots_and_plain_values_are_passed_over()
    {
        using TemporaryFolder folder = new();
        PickleBuilder pickle = new PickleBuilder().Op('}').Op('(')
            .Text("epoch").Number(7)
            .Text("state_dict").Entry("conv.weight", p => p.Tensor("0", 6, 0, [6], [1]))
            .Text("list").Op(']').Tensor("0", 6, 1, [1], [1]).Op('a').Op('u');
        using TorchPickleFile file = TorchPickleFile.Open(folder.Write("x.pt", PickleBuilder.Archive(pickle.Stop(), ("model/data/0", SixFloats))));
        Assert.Equal(["list.0", "state_dict.conv.weight"], file.Entries.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("torch", "load")]
    [InlineData("torch._utils", "_rebuild_qtensor")]
    [InlineData("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint")]
    public void A_pickle_that_names_anything_else_is_refused_with_the_name(string module, string name) =>
        AssertRefused(new PickleBuilder().Global(module, name).Text("echo").Op(0x85).Op('R').Stop(), $"{module}.{name}");

    [Fact]
    public void The_modern_spelling_of_a_name_is_refused_too() =>
        AssertRefused(new PickleBuilder().Text("os").Text("system").Op(0x93).Stop(), "os.system");

    [Theory]
    [InlineData('i')] // INST
    [InlineData('o')] // OBJ
    [InlineData('P')] // PERSID
    [InlineData('I')] // INT
    public void Opcodes_that_tensors_do_not_need_are_refused(char opcode) =>
        AssertRefused(new PickleBuilder().Op('(').Op(opcode).Stop(), $"0x{(int)opcode:x2}");

    [Theory]
    [InlineData(0x81)] // NEWOBJ
    [InlineData(0x92)] // NEWOBJ_EX
    [InlineData(0x82)] // EXT1
    public void Opcodes_that_make_objects_are_refused(int opcode) =>
        AssertRefused(new PickleBuilder().Op(')').Op(')').Op((byte)opcode).Stop(), $"0x{opcode:x2}");

    [Theory]
    [InlineData(6, 0, new long[] { 7 }, new long[] { 1 })]
    [InlineData(6, 1, new long[] { 6 }, new long[] { 1 })]
    [InlineData(6, -1, new long[] { 1 }, new long[] { 1 })]
    [InlineData(6, 0, new long[] { -1 }, new long[] { 1 })]
    [InlineData(6, 0, new long[] { 2, 3 }, new long[] { 3 })]
    [InlineData(6, 5, new long[] { 2 }, new long[] { -1 })]
    [InlineData(6, 0, new long[] { 1000, 1000 }, new long[] { 0, 0 })]
    [InlineData(6, 0, new[] { long.MaxValue, 4 }, new long[] { 4, 1 })]
    [InlineData(6, 0, new long[] { 2 }, new[] { long.MaxValue })]
    [InlineData(6, long.MaxValue, new long[] { 2 }, new long[] { 1 })]
    public void A_tensor_beyond_its_storage_is_refused(long elements, long offset, long[] shape, long[] strides) =>
        AssertRefused(new PickleBuilder().Entry("a", p => p.Tensor("0", elements, offset, shape, strides)).Stop(), "does not fit into its storage", ("model/data/0", SixFloats));

    [Theory]
    [InlineData(7)]
    [InlineData(5)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue / 4)]
    public void A_storage_of_another_size_than_its_entry_is_refused(long elements) =>
        AssertRefused(new PickleBuilder().Entry("a", p => p.Tensor("0", elements, 0, [1], [1])).Stop(), "storage 'a'|entry 'model/data/0'|storage '0'", ("model/data/0", SixFloats));

    [Fact]
    public void A_storage_without_an_entry_is_refused() =>
        AssertRefused(new PickleBuilder().Entry("a", p => p.Tensor("../../etc/passwd", 6, 0, [1], [1])).Stop(), "no entry 'model/data/../../etc/passwd'", ("model/data/0", SixFloats));

    [Fact]
    public void An_element_type_that_is_not_known_is_named() =>
        AssertRefused(new PickleBuilder().Entry("a", p => p.Tensor("0", 6, 0, [6], [1], "ComplexFloatStorage")).Stop(), "torch.ComplexFloatStorage", ("model/data/0", SixFloats));

    [Fact]
    public void A_dictionary_that_holds_itself_is_refused() =>
        AssertRefused(new PickleBuilder().Op('}').Op('q', 0).Text("a").Op('h', 0).Op('s').Stop(), "nested deeper|too often");

    [Fact]
    public void A_pickle_whose_dictionaries_double_at_every_level_is_refused()
    {
        PickleBuilder pickle = new PickleBuilder().Op('}').Op('q', 0);
        for (byte level = 1; level < 30; level++)
            pickle.Op('}').Op('q', level).Text("a").Op('h', (byte)(level - 1)).Op('s').Text("b").Op('h', (byte)(level - 1)).Op('s');
        AssertRefused(pickle.Stop(), "too often");
    }

    [Fact]
    public void A_text_that_claims_more_than_there_is_is_refused() =>
        AssertRefused(new PickleBuilder().Op('X').Op(BitConverter.GetBytes(int.MaxValue)).Stop(), "are claimed");

    [Theory]
    [InlineData('R')]
    [InlineData('s')]
    [InlineData('t')]
    [InlineData('u')]
    [InlineData('b')]
    [InlineData('Q')]
    [InlineData('.')]
    public void An_empty_stack_is_refused(char opcode) => AssertRefused(new PickleBuilder().Op(opcode).Stop(), "its stack");

    [Fact]
    public void A_compressed_entry_is_refused_so_that_nothing_unpacks_to_more_than_the_file()
    {
        using TemporaryFolder folder = new();
        byte[] pickle = new PickleBuilder().Entry("a", p => p.Tensor("0", 250_000, 0, [1], [1])).Stop();
        string path = folder.Write("x.pt", PickleBuilder.Archive(CompressionLevel.SmallestSize, pickle, ("model/data/0", new byte[1_000_000])));
        Assert.Contains("compressed", Assert.Throws<InvalidDataException>(() => TorchPickleFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_with_numbers_the_other_way_round_is_refused() =>
        AssertRefused(new PickleBuilder().Op('}').Stop(), "little-endian", ("model/byteorder", "big"u8.ToArray()));

    [Fact]
    public void An_archive_that_torch_did_not_write_is_refused()
    {
        using TemporaryFolder folder = new();
        byte[] bytes = PickleBuilder.Archive([], ("other/data.pkl", []));
        Assert.Contains("NAME/data.pkl", Assert.Throws<InvalidDataException>(() => TorchPickleFile.Open(folder.Write("x.pt", bytes))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_that_is_cut_off_anywhere_is_refused_and_never_crashes()
    {
        using TemporaryFolder folder = new();
        byte[] whole = PickleBuilder.Archive(new PickleBuilder().Entry("a", p => p.Tensor("0", 6, 0, [6], [1])).Stop(), ("model/data/0", SixFloats));
        for (int length = 0; length < whole.Length; length += 3)
            Assert.Throws<InvalidDataException>(() => TorchPickleFile.Open(folder.Write($"{length}.pt", whole[..length])));
    }

    [Fact]
    public void An_archive_with_any_byte_changed_opens_or_is_refused_and_never_crashes()
    {
        using TemporaryFolder folder = new();
        byte[] whole = PickleBuilder.Archive(new PickleBuilder().Entry("a", p => p.Tensor("0", 6, 0, [6], [1])).Stop(), ("model/data/0", SixFloats));
        int refused = 0;
        for (int at = 0; at < whole.Length; at++)
        {
            byte[] changed = [.. whole];
            changed[at] ^= 0x55;
            string path = folder.Write("x.pt", changed);
            try
            {
                using TorchPickleFile file = TorchPickleFile.Open(path);
                foreach (string key in file.Entries.Keys) file.Load(key).Dispose();
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }
        Assert.True(refused > whole.Length / 3, $"only {refused} of {whole.Length} changes were noticed");
    }

    [Fact]
    public void A_file_of_the_plain_format_is_read()
    {
        using TemporaryFolder folder = new();
        byte[] bytes =
        [
            .. new PickleBuilder().Op(0x8a, 10).Op([0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]).Stop(),
            .. new PickleBuilder().Op('M', 0xe9, 3).Stop(),
            .. new PickleBuilder().Entry("little_endian", p => p.Op(0x88)).Stop(),
            .. new PickleBuilder().Entry("state_dict", p => p.Entry("w", q => q.Tensor("key", 6, 0, [2, 3], [3, 1]))).Stop(),
            .. new PickleBuilder().Op(']').Text("key").Op('a').Stop(),
            .. BitConverter.GetBytes(6L), .. SixFloats,
        ];
        using (IWeights weights = WeightsFile.Open(folder.Write("x.th", bytes)))
            Assert.Equal([0, 1, 2, 3, 4, 5], Floats(weights, "state_dict.w"));
        Assert.Throws<InvalidDataException>(() => TorchPickleFile.Open(folder.Write("y.th", bytes[..^1])));
    }

    [Theory]
    [InlineData("taef2/taef2_decoder.pth", 79, "1.weight", new long[] { 64, 32, 3, 3 }, 8.68201744556427)]
    [InlineData("taef2/taef2_decoder.pth", 79, "18.conv.4.bias", new long[] { 64 }, 0.6988673210144043)]
    [InlineData("cifar-resnet/resnet20-12fca82f.th", 97, "state_dict.module.conv1.weight", new long[] { 16, 3, 3, 3 }, 1.3100982000032673)]
    [InlineData("cifar-resnet/resnet20-12fca82f.th", 97, "state_dict.module.linear.weight", new long[] { 10, 64 }, -0.04562738863751292)]
    public void Files_that_torch_wrote_are_read(string name, int count, string key, long[] shape, double sum)
    {
        string path = Path.Combine(Golden.Folder ?? "", "..", "data", name);
        Assert.SkipUnless(File.Exists(path), $"shared/data/{name} is not beside this checkout");
        using IWeights weights = WeightsFile.Open(path);
        Assert.Equal(count, weights.Entries.Count);
        using Tensor tensor = weights.Load(key, ScalarType.Float64);
        Assert.Equal(shape, tensor.shape);
        Assert.Equal(sum, tensor.sum().item<double>(), 1e-9);
    }

    [Fact]
    public void A_pickle_of_more_values_than_any_weights_have_is_refused()
    {
        PickleBuilder pickle = new();
        pickle.Op([.. Enumerable.Repeat((byte)']', (1 << 23) + 1)]);
        AssertRefused(pickle.Stop(), "more than 8388608 values");
    }

    [Fact]
    public void A_pickle_that_turns_one_list_into_many_dictionaries_is_refused()
    {
        PickleBuilder pickle = new PickleBuilder().Op(']').Op('q', 0).Op('(');
        for (int i = 0; i < 100_000; i++) pickle.Op('N', (byte)'N', 0x86);
        pickle.Op('e').Global("collections", "OrderedDict").Op('q', 1);
        for (int i = 0; i < 100; i++) pickle.Op('h', 1).Op('h', 0).Op(0x85).Op('R');
        AssertRefused(pickle.Stop(), "more than 8388608 values");
    }

    [Fact]
    public void A_tensor_of_more_sides_than_torch_has_is_refused() =>
        AssertRefused(new PickleBuilder().Entry("a", p => p.Tensor("0", 6, 0, [.. Enumerable.Repeat(1L, 65)], [.. Enumerable.Repeat(1L, 65)])).Stop(), "65 sides");

    [Fact]
    public void A_pickle_that_repeats_a_long_name_for_every_value_is_refused()
    {
        PickleBuilder pickle = new PickleBuilder().Op('}').Text(new string('n', 20_000)).Op(']').Op('(').Tensor("0", 6, 0, [6], [1]).Op('q', 0);
        for (int i = 0; i < 20_000; i++) pickle.Op('h', 0);
        AssertRefused(pickle.Op('e').Op('s').Stop(), "names of its values are too long", ("model/data/0", SixFloats));
    }

    private static float[] Floats(IWeights weights, string key)
    {
        using Tensor tensor = weights.Load(key);
        return tensor.NumberOfElements == 0 ? [] : tensor.data<float>().ToArray();
    }

    private static void AssertRefused(byte[] pickle, string reasons, params (string Name, byte[] Content)[] entries)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("x.pt", PickleBuilder.Archive(pickle, entries));
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => TorchPickleFile.Open(path));
        Assert.Contains(reasons.Split('|'), reason => error.Message.Contains(reason, StringComparison.Ordinal));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }
}
