using Levare.Weights;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Weights;

public sealed class CheckpointMapTests
{
    [Theory]
    [InlineData("mid_block.attentions.0.query.weight", "mid_block.attentions.0.to_q.weight")]
    [InlineData("down_blocks.1.attentions.2.proj_attn.bias", "down_blocks.1.attentions.2.to_out.0.bias")]
    [InlineData("encoder.attentions.0.key.weight", "encoder.attentions.0.to_k.weight")]
    [InlineData("up_blocks.0.attentions.10.value.weight", "up_blocks.0.attentions.10.to_v.weight")]
    [InlineData("mid_block.attentions.0.to_q.weight", "mid_block.attentions.0.to_q.weight")]
    [InlineData("query.weight", "query.weight")]
    public void Old_attention_keys_become_the_new_ones(string old, string expected) => Assert.Equal(expected, CheckpointMap.LegacyAttention.Map(old));

    [Fact]
    public void Rules_apply_in_order_and_maps_follow_each_other()
    {
        CheckpointMap map = CheckpointMap.Unwrapped.Then(new(new KeyRule("^a", "b"), new KeyRule("^b", "c")));
        Assert.Equal("c.x", map.Map("module._orig_mod.a.x"));
    }

    [Fact]
    public void A_network_takes_what_fits_and_the_report_names_every_other_key()
    {
        using TemporaryFolder folder = new();
        using IWeights weights = Save(folder, ("weight", ones(2, 3)), ("bias", zeros(7)), ("extra", zeros(1)));
        using Linear network = nn.Linear(3, 2);
        LoadReport report = CheckpointMap.Identity.Load(network, weights, Strictness.ReportOnly);
        Assert.Equal(["weight"], report.Loaded);
        Assert.Empty(report.Missing);
        Assert.Equal(["extra"], report.Unexpected);
        Assert.Equal("bias [7] where [2] is expected", Assert.Single(report.Misshapen).ToString());
        Assert.True(network.weight.Equals(ones(2, 3)));
        Assert.False(report.IsComplete);
    }

    [Fact]
    public void Keys_without_a_partner_are_an_error_that_lists_them()
    {
        using TemporaryFolder folder = new();
        using IWeights weights = Save(folder, ("weight", ones(2, 3)), ("extra", zeros(1)));
        using Linear network = nn.Linear(3, 2);
        string message = Assert.Throws<InvalidDataException>(() => CheckpointMap.Identity.Load(network, weights)).Message;
        Assert.Contains(weights.Path, message, StringComparison.Ordinal);
        Assert.Contains("1 missing in the file: bias", message, StringComparison.Ordinal);
        Assert.Contains("1 unknown to the network: extra", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_keys_that_become_one_are_an_error()
    {
        using TemporaryFolder folder = new();
        using IWeights weights = Save(folder, ("weight", ones(2, 3)), ("module.weight", ones(2, 3)));
        using Linear network = nn.Linear(3, 2, hasBias: false);
        Assert.Contains("both become 'weight'", Assert.Throws<InvalidDataException>(() => CheckpointMap.Unwrapped.Load(network, weights)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_precision_weights_fill_a_network_of_single_precision()
    {
        using TemporaryFolder folder = new();
        using Tensor stored = randn(2, 3).to(ScalarType.Float16);
        using IWeights weights = Save(folder, ("weight", stored));
        using Linear network = nn.Linear(3, 2, hasBias: false);
        CheckpointMap.Identity.Load(network, weights);
        Assert.Equal(ScalarType.Float32, network.weight.dtype);
        Assert.True(network.weight.requires_grad);
        Assert.True(network.weight.Equals(stored.to(ScalarType.Float32)));
    }

    [Fact]
    public void A_pattern_that_would_backtrack_for_ever_is_refused_when_the_rule_is_made() =>
        Assert.Throws<NotSupportedException>(() => new KeyRule(@"(a+)\1+$", ""));

    private static SafetensorsFile Save(TemporaryFolder folder, params (string Key, Tensor Value)[] tensors)
    {
        SafetensorsWriter.Write(folder.File("x.safetensors"), tensors.Select(pair => KeyValuePair.Create(pair.Key, pair.Value)));
        return SafetensorsFile.Open(folder.File("x.safetensors"));
    }
}
