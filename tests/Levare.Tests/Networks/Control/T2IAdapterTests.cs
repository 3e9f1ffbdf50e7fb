using System.Text.Json;
using Levare.Conditioning;
using Levare.Networks.Control;
using Levare.Networks.UNet;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Networks.Control;

public sealed class T2IAdapterTests
{
    [Fact]
    public void A_full_adapter_gives_a_feature_for_each_resolution()
    {
        using var scope = NewDisposeScope();
        using T2IAdapter adapter = new(new() { Channels = [8, 16, 24], DownscaleFactor = 4 });
        // Sides are rounded up, as a U-Net's are.
        Assert.Equal([[2, 8, 3, 5], [2, 16, 2, 3], [2, 24, 1, 2]], adapter.call(rand(2, 3, 12, 20)).Select(feature => feature.shape));
        Assert.Contains("adapter.body.1.in_conv.weight", adapter.state_dict().Keys);
        Assert.DoesNotContain("adapter.body.0.in_conv.weight", adapter.state_dict().Keys);
        Assert.Contains("adapter.body.2.resnets.1.block2.bias", adapter.state_dict().Keys);
    }

    [Fact]
    public void An_adapter_for_SDXL_halves_once()
    {
        using var scope = NewDisposeScope();
        using T2IAdapter adapter = new(new() { Kind = T2IAdapterKind.FullXl, Channels = [8, 16, 24, 24], DownscaleFactor = 16 });
        Assert.Equal([[1, 8, 4, 4], [1, 16, 4, 4], [1, 24, 2, 2], [1, 24, 2, 2]], adapter.call(rand(1, 3, 64, 64)).Select(feature => feature.shape));
    }

    [Fact]
    public void A_light_adapter_gives_one_feature_more_than_it_lists_channels()
    {
        using var scope = NewDisposeScope();
        using T2IAdapter adapter = new(new() { Kind = T2IAdapterKind.Light, Channels = [8, 16, 24], ResidualBlocks = 3, DownscaleFactor = 8 });
        Assert.Equal([[1, 8, 8, 8], [1, 16, 4, 4], [1, 24, 2, 2], [1, 24, 1, 1]], adapter.call(rand(1, 3, 64, 64)).Select(feature => feature.shape));
        Assert.Equal([4, 8, 1, 1], adapter.state_dict()["adapter.body.1.in_conv.weight"].shape);
        Assert.Equal([6, 6, 3, 3], adapter.state_dict()["adapter.body.3.resnets.2.block2.weight"].shape);
    }

    [Fact]
    public void The_features_of_several_adapters_are_summed_by_weight()
    {
        using var scope = NewDisposeScope();
        Tensor[] one = [randn(1, 2, 3, 3), randn(1, 4, 2, 2)], other = [randn(1, 2, 3, 3), randn(1, 4, 2, 2)];
        Condition condition = T2IAdapter.Condition((one, 0.5), (other, 2));
        Assert.True(condition[ConditionNames.AdapterFeatures(1)].allclose(one[1] * 0.5 + other[1] * 2));
        Assert.Throws<ArgumentException>(() => T2IAdapter.Condition((one, 1), ([other[0]], 1)));
    }

    [Fact]
    public void Features_for_the_bottom_reach_it_and_features_of_another_shape_are_refused()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using UNet2DCondition network = new(new()
        {
            BlockOutChannels = [8, 16], LayersPerBlock = [1, 1], NormNumGroups = 4, AttentionHeads = [2, 2], CrossAttentionDim = [6, 6],
            DownBlockTypes = [ConditionDownBlockType.DownBlock2D, ConditionDownBlockType.CrossAttnDownBlock2D],
            UpBlockTypes = [ConditionUpBlockType.CrossAttnUpBlock2D, ConditionUpBlockType.UpBlock2D],
            TransformerLayers = [[1], [1]], OnlyCrossAttention = [false, false],
        });
        Condition text = Condition.None.With(ConditionNames.Text, randn(1, 5, 6));
        Tensor input = randn(1, 4, 8, 8), time = full(1, 5f);
        Condition two = text.With(ConditionNames.AdapterFeatures(0), zeros(1, 8, 4, 4)).With(ConditionNames.AdapterFeatures(1), zeros(1, 16, 4, 4));
        Assert.True(network.call(input, time, text).Equals(network.call(input, time, two)));
        Assert.False(network.call(input, time, text).allclose(network.call(input, time, two.With(ConditionNames.AdapterFeatures(2), ones(1, 16, 4, 4)))));
        Assert.Contains("[1, 8, 5, 5]", Assert.Throws<ArgumentException>(() => network.call(input, time, two.With(ConditionNames.AdapterFeatures(0), zeros(1, 8, 5, 5)))).Message);
    }

    [Fact]
    public void A_picture_that_does_not_divide_is_refused()
    {
        using T2IAdapter adapter = new(new() { Channels = [8] });
        using Tensor picture = rand(1, 3, 12, 16);
        Assert.Contains("divisible by 8", Assert.Throws<ArgumentException>(() => adapter.call(picture)).Message);
    }

    [Theory]
    [InlineData("""{"adapter_type": "heavy_adapter"}""", "adapter_type")]
    [InlineData("""{"channels": [8, -1]}""", "channels")]
    [InlineData("""{"downscale_factor": 0}""", "downscale_factor")]
    [InlineData("""{"colour": 1}""", "colour")]
    public void Settings_that_are_not_known_or_not_sound_are_named(string json, string key)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => T2IAdapterConfig.Read(document.RootElement, "adapter/config.json"));
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains("adapter/config.json", error.Message, StringComparison.Ordinal);
    }
}
