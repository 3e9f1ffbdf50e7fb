using Levare.Adapters;
using Levare.Conditioning;
using Levare.Networks.UNet;
using Levare.Runtime;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Adapters;

public sealed class AdaptedNetworkTests : IDisposable
{
    private const string Attention = "mid_block.attentions.0";
    private static readonly UNet2DConfig Config = new()
    {
        SampleSize = (8, 8), InChannels = 3, OutChannels = 3, BlockOutChannels = [8, 8], LayersPerBlock = 1, NormNumGroups = 4, AttentionHeadDim = 4,
        DownBlockTypes = [DownBlockType.DownBlock2D, DownBlockType.AttnDownBlock2D], UpBlockTypes = [UpBlockType.AttnUpBlock2D, UpBlockType.UpBlock2D],
    };

    private readonly TemporaryFolder _folder = new();
    private readonly UNet2D _network = Network();

    public void Dispose()
    {
        _network.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_network_is_bit_for_bit_what_it_was_after_a_hundred_adapters_on_and_off()
    {
        using var noGradient = no_grad();
        using AdapterFile one = Adapter("one", 1), two = Adapter("two", 2);
        Dictionary<string, Tensor> before = _network.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.clone(), StringComparer.Ordinal);
        using Tensor input = AdapterFiles.Random(3, 1, 3, 8, 8), output = Run(_network, input);
        for (int i = 0; i < 100; i++)
        {
            using UNet2D adapted = Adapted((one, 0.5 + i), (two, -i));
            using Tensor changed = Run(adapted, input);
            Assert.False(changed.equal(output).all().item<bool>());
        }
        foreach ((string key, Tensor weight) in _network.state_dict()) Assert.True(weight.equal(before[key]).all().item<bool>(), key);
        using Tensor after = Run(_network, input);
        Assert.True(after.equal(output).all().item<bool>());
    }

    [Fact]
    public void Only_what_an_adapter_touches_has_memory_of_its_own()
    {
        using AdapterFile file = Adapter("one", 1);
        using UNet2D adapted = Adapted((file, 1));
        HashSet<string> touched = [.. file.Match(Targets).Changes.Select(change => change.Key)];
        Dictionary<string, Tensor> own = adapted.state_dict();
        foreach ((string key, Tensor weight) in _network.state_dict())
            Assert.Equal(touched.Contains(key), NativeTensor.DataPointer(weight) != NativeTensor.DataPointer(own[key]));
    }

    [Fact]
    public void Either_network_may_go_first()
    {
        using var noGradient = no_grad();
        using AdapterFile file = Adapter("one", 1);
        using Tensor input = AdapterFiles.Random(3, 1, 3, 8, 8);
        UNet2D adapted = Adapted((file, 1));
        using Tensor with = Run(adapted, input), without = Run(_network, input);
        adapted.Dispose();
        using Tensor still = Run(_network, input);
        Assert.True(still.equal(without).all().item<bool>());

        UNet2D first = Network();
        UNet2D second = AdaptedNetwork.Make(first, () => new UNet2D(Config), new WeightedAdapter(file).Changes(Targets));
        first.Dispose();
        using Tensor again = Run(second, input);
        Assert.True(again.equal(with).all().item<bool>());
        second.Dispose();
    }

    [Fact]
    public void A_disposed_adapted_network_leaves_no_more_tensors_than_a_plain_one()
    {
        using AdapterFile file = Adapter("one", 1);
        long start = LiveTensors.Count;
        new UNet2D(Config).Dispose();
        long plain = LiveTensors.Count - start;
        Adapted((file, 1)).Dispose();
        Assert.Equal(start + 2 * plain, LiveTensors.Count);
    }

    [Fact]
    public void Several_adapters_add_up_in_any_order()
    {
        using AdapterFile one = Adapter("one", 1), two = Adapter("two", 2);
        using UNet2D forth = Adapted((one, 0.7), (two, -0.3)), back = Adapted((two, -0.3), (one, 0.7));
        const string key = $"{Attention}.to_q.weight";
        using Tensor delta1 = Change(one, key).Delta(_network.state_dict()[key]), delta2 = Change(two, key).Delta(_network.state_dict()[key]);
        using Tensor expected = (_network.state_dict()[key] + delta1 * 0.7 - delta2 * 0.3).detach();
        Assert.True(AdapterFiles.Difference(forth.state_dict()[key], expected) < 1e-6);
        foreach ((string name, Tensor weight) in forth.state_dict()) Assert.True(AdapterFiles.Difference(weight, back.state_dict()[name]) < 1e-6, name);
    }

    [Fact]
    public void Weights_of_another_type_are_merged_in_float32_and_keep_their_type()
    {
        using AdapterFile file = Adapter("one", 1);
        const string key = $"{Attention}.to_q.weight";
        using Tensor exact = _network.state_dict()[key].detach().to(ScalarType.BFloat16);
        _network.to(ScalarType.BFloat16);
        using UNet2D adapted = Adapted((file, 0.01));
        using Tensor delta = Change(file, key).Delta(exact);
        using Tensor expected = (exact.to(ScalarType.Float32) + delta * 0.01).to(ScalarType.BFloat16);
        Assert.Equal(ScalarType.BFloat16, adapted.state_dict()[key].dtype);
        Assert.Equal(0, AdapterFiles.Difference(expected, adapted.state_dict()[key]));
    }

    [Fact]
    public void An_adapter_of_weight_zero_shares_every_weight()
    {
        using AdapterFile file = Adapter("one", 1);
        using UNet2D adapted = Adapted((file, 0));
        Dictionary<string, Tensor> own = adapted.state_dict();
        Assert.All(_network.state_dict(), pair => Assert.Equal(NativeTensor.DataPointer(pair.Value), NativeTensor.DataPointer(own[pair.Key])));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void A_weight_that_is_not_finite_is_an_error(double weight)
    {
        using AdapterFile file = Adapter("one", 1);
        Assert.Throws<ArgumentException>(() => new WeightedAdapter(file, weight).Changes(Targets));
    }

    private AdapterTargets Targets => AdapterTargets.None.With("unet", _network);

    private static UNet2D Network()
    {
        manual_seed(7);
        UNet2D network = new(Config);
        network.eval();
        return network;
    }

    private static Tensor Run(UNet2D network, Tensor input)
    {
        using var noGradient = no_grad();
        using Tensor time = ones(1);
        return network.call(input, time, Condition.None);
    }

    private UNet2D Adapted(params (AdapterFile File, double Weight)[] adapters) =>
        AdaptedNetwork.Make(_network, () => new UNet2D(Config), adapters.SelectMany(adapter => new WeightedAdapter(adapter.File, adapter.Weight).Changes(Targets)));

    private WeightChange Change(AdapterFile file, string key) => file.Match(Targets).Changes.Single(change => change.Key == key);

    private AdapterFile Adapter(string name, long seed)
    {
        using var scope = NewDisposeScope();
        return AdapterFiles.Open(_folder,
        [
            ($"unet.{Attention}.to_q.lora_A.weight", AdapterFiles.Random(seed, 2, 8)), ($"unet.{Attention}.to_q.lora_B.weight", AdapterFiles.Random(seed + 10, 8, 2)),
            ($"unet.conv_in.lora_A.weight", AdapterFiles.Random(seed + 20, 2, 3, 3, 3)), ($"unet.conv_in.lora_B.weight", AdapterFiles.Random(seed + 30, 8, 2, 1, 1)),
        ], name: $"{name}.safetensors");
    }
}
