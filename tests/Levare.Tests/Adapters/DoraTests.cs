using Levare.Adapters;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Adapters;

public sealed class DoraTests : IDisposable
{
    private const string Name = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k", Key = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 8, 1)]
    [InlineData(0, 1, 6)]
    public void A_row_or_column_of_the_changed_weight_has_the_learned_length_and_keeps_its_direction(long side, long rows, long columns)
    {
        using var scope = NewDisposeScope();
        Tensor weight = AdapterFiles.Random(1, 8, 6), down = AdapterFiles.Random(2, 2, 6), up = AdapterFiles.Random(3, 8, 2);
        Tensor length = AdapterFiles.Random(4, rows, columns).abs() + 0.5;
        using AdapterFile file = AdapterFiles.Open(_folder, [($"{Name}.lora_down.weight", down), ($"{Name}.lora_up.weight", up), ($"{Name}.dora_scale", length)]);
        Tensor changed = weight + AdapterFiles.Delta(file, "unet", Key, weight), plain = weight + up.mm(down);
        Assert.True(AdapterFiles.Difference(length, changed.square().sum([side], keepdim: true).sqrt()) < 1e-5);
        Assert.True(AdapterFiles.Difference(plain / plain.square().sum([side], keepdim: true).sqrt(), changed / length) < 1e-6);
    }

    [Fact]
    public void Lengths_of_neither_rows_nor_columns_are_an_error_that_names_them()
    {
        using var scope = NewDisposeScope();
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => AdapterFiles.Open(
            _folder, [($"{Name}.lora_down.weight", AdapterFiles.Random(2, 2, 6)), ($"{Name}.lora_up.weight", AdapterFiles.Random(3, 8, 2)), ($"{Name}.dora_scale", ones(5, 1))]));
        Assert.Contains($"{Name}.dora_scale", error.Message, StringComparison.Ordinal);
    }
}
