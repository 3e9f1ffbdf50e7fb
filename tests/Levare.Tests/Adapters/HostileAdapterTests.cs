using Levare.Adapters;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Adapters;

public sealed class HostileAdapterTests : IDisposable
{
    private const string Name = "lora_unet_conv_in";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Broken() => new()
    {
        { "lora_down.weight 2,4", "without its partner" },
        { "lora_up.weight 8,2", "without its partner" },
        { "alpha ", "without the tensors that it belongs to" },
        { "lora_down.weight 2,4; lora_up.weight 8,3", "does not fit" },
        { "lora_down.weight 2; lora_up.weight 8,2", "is neither a matrix nor a kernel" },
        { "lora_down.weight ; lora_up.weight 8,2", "is neither a matrix nor a kernel" },
        { "lora_down.weight 0,4; lora_up.weight 8,0", "its rank is 0" },
        { "lora_down.weight 2,4; lora_up.weight 8,2,3,3", "is not a matrix" },
        { "lora_down.weight 2,4; lora_up.weight 8,2; alpha 2", "has more than one value" },
        { "lora_down.weight 2,4; lora_up.weight 8,2; hada_w1_a 8,2", "has no place beside the others" },
        { "lora_down.weight 2,4; lora_up.weight 8,2; lora_mid.weight 3,2,3,3", "does not fit" },
        { "lora_down.weight 1,4; lora_up.weight 8,5000; lora_mid.weight 5000,1", "is of a larger rank" },
        { "hada_w1_a 8,2; hada_w1_b 2,4", "without its partner" },
        { "hada_w1_a 8,2; hada_w1_b 2,4; hada_w2_a 8,2; hada_w2_b 2,5", "the two factors of a LoHa" },
        { "hada_w1_a 2,8; hada_w1_b 2,4; hada_t1 2; hada_w2_a 2,8; hada_w2_b 2,4; hada_t2 2", "does not fit" },
        { "hada_w1_a 1,8; hada_w1_b 1,4; hada_t1 5000,1; hada_w2_a 1,8; hada_w2_b 1,4; hada_t2 5000,1", "is of a larger rank" },
        { "lokr_w1 2", "is neither a matrix nor a kernel" },
        { "lokr_w1 2,2,3,3; lokr_w2 4,2", "is not a matrix" },
        { "lokr_w1 2,2; lokr_w2_a 4,3; lokr_w2_b 2,2", "does not fit" },
        { "diff 8,4,3,3; dora_scale 7,1,1,1", "does not hold a length for each of 8 rows" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Tensors_that_do_not_fit_each_other_are_an_error_that_names_file_and_module(string tensors, string why)
    {
        using var scope = NewDisposeScope();
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => AdapterFiles.Open(_folder, Parse(tensors)));
        Assert.Contains("adapter.safetensors", error.Message, StringComparison.Ordinal);
        Assert.Contains(Name, error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_are_errors_or_adapters_and_never_end_the_process()
    {
        using var scope = NewDisposeScope();
        AdapterFiles.Open(_folder, Parse("lora_down.weight 2,4; lora_mid.weight 2,2,3,3; lora_up.weight 8,2,1,1; alpha ")).Dispose();
        byte[] whole = File.ReadAllBytes(_folder.File("adapter.safetensors"));
        System.Random random = new(5);
        int errors = 0;
        for (int i = 0; i < 400; i++)
        {
            byte[] damaged = [.. whole.AsSpan(0, i % 4 == 0 ? random.Next(whole.Length) : whole.Length)];
            // Most of what can be wrong is in the header.
            for (int k = 0; k < 1 + i % 3 && damaged.Length > 0; k++) damaged[random.Next(Math.Min(damaged.Length, 500))] = (byte)random.Next(256);
            string path = _folder.Write($"damaged{i}.safetensors", damaged);
            try
            {
                using AdapterFile file = AdapterFile.Open(path);
                foreach (WeightChange change in file.Match(AdapterFiles.Targets, Strictness.ReportOnly).Changes)
                    AdaptedNetwork.Merge(zeros([.. change.Module.Shape]), [(change, 1)]).Dispose();
            }
            catch (InvalidDataException error)
            {
                Assert.Contains($"damaged{i}", error.Message, StringComparison.Ordinal);
                errors++;
            }
        }
        Assert.InRange(errors, 300, 399);
    }

    [Fact]
    public void A_model_is_no_adapter()
    {
        using var scope = NewDisposeScope();
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => AdapterFiles.Open(_folder, [("conv_in.weight", zeros(8, 4, 3, 3))]));
        Assert.Contains("is no adapter", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_that_is_larger_than_any_memory_finds_no_weight_and_is_never_computed()
    {
        using var scope = NewDisposeScope();
        using AdapterFile file = AdapterFiles.Open(_folder, Parse("lokr_w1 4000,1; lokr_w2_a 4000,1; lokr_w2_b 1,4000"));
        Assert.Throws<InvalidDataException>(() => file.Match(AdapterFiles.Targets));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Values_that_are_not_finite_are_an_error_that_names_the_module(float value)
    {
        using var scope = NewDisposeScope();
        Tensor down = zeros(2, 4, 3, 3);
        down[1, 3, 2, 2] = value;
        using AdapterFile file = AdapterFiles.Open(_folder, [($"{Name}.lora_down.weight", down), ($"{Name}.lora_up.weight", ones(8, 2, 1, 1))]);
        WeightChange change = Assert.Single(file.Match(AdapterFiles.Targets).Changes);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => AdaptedNetwork.Merge(zeros(8, 4, 3, 3), [(change, 1)]));
        Assert.Contains(Name, error.Message, StringComparison.Ordinal);
        Assert.Contains("not finite", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_numbers_are_no_factors()
    {
        using var scope = NewDisposeScope();
        InvalidDataException error = Assert.Throws<InvalidDataException>(() =>
            AdapterFiles.Open(_folder, [($"{Name}.lora_down.weight", zeros([2, 4, 3, 3], ScalarType.Int32)), ($"{Name}.lora_up.weight", zeros(8, 2, 1, 1))]));
        Assert.Contains("Int32", error.Message, StringComparison.Ordinal);
    }

    // "lora_down.weight 2,4; alpha " and so on.
    private static IEnumerable<(string, Tensor)> Parse(string tensors) =>
        tensors.Split(';', StringSplitOptions.TrimEntries).Select(tensor => tensor.Split(' ')).Select(pair =>
            ($"{Name}.{pair[0]}", zeros(pair.Length < 2 || pair[1].Length == 0 ? [] : [.. pair[1].Split(',').Select(side => long.Parse(side, null))])));
}
