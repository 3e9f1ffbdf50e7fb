using Levare.Conditioning;
using Levare.Networks.Control;
using Levare.Networks.UNet;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Networks.Control;

public sealed class IpAdapterTests
{
    private const int Width = 6;

    // Down, up, up, bottom: the channels of what each cross-attention sees, in the order in which adapters count.
    private static readonly int[] Channels = [8, 8, 8, 16];

    private static readonly UNet2DConditionConfig Config = new()
    {
        BlockOutChannels = [8, 16], LayersPerBlock = [1, 1], NormNumGroups = 4, AttentionHeads = [2, 2], CrossAttentionDim = [Width, Width],
        DownBlockTypes = [ConditionDownBlockType.CrossAttnDownBlock2D, ConditionDownBlockType.DownBlock2D],
        UpBlockTypes = [ConditionUpBlockType.UpBlock2D, ConditionUpBlockType.CrossAttnUpBlock2D],
        TransformerLayers = [[1], [1]], OnlyCrossAttention = [false, false],
    };

    [Fact]
    public void A_vector_of_the_picture_becomes_tokens()
    {
        using var scope = NewDisposeScope();
        using UNet2DCondition network = new(Config);
        using IpAdapter adapter = Load(network, new() { ["proj.weight"] = randn(4 * Width, 10), ["proj.bias"] = randn(4 * Width), ["norm.weight"] = ones(Width), ["norm.bias"] = zeros(Width) });
        Assert.Equal([2, 4, Width], adapter.Tokens(randn(2, 10)).shape);
        Assert.Equal([2, 12, Width], adapter.Tokens(randn(2, 3, 10)).shape);
        Assert.Throws<ArgumentException>(() => adapter.Tokens(randn(2, 3, 1, 10)));
    }

    [Fact]
    public void Tokens_of_the_picture_go_through_one_by_one()
    {
        using var scope = NewDisposeScope();
        using UNet2DCondition network = new(Config);
        using IpAdapter adapter = Load(network, new()
        {
            ["proj.0.weight"] = randn(10, 10), ["proj.0.bias"] = randn(10), ["proj.2.weight"] = randn(Width, 10), ["proj.2.bias"] = randn(Width),
            ["proj.3.weight"] = ones(Width), ["proj.3.bias"] = zeros(Width),
        });
        Tensor picture = randn(1, 7, 10), tokens = adapter.Tokens(picture);
        Assert.Equal([1, 7, Width], tokens.shape);
        Assert.True(tokens.narrow(1, 3, 1).allclose(adapter.Tokens(picture.narrow(1, 3, 1)), atol: 1e-5));
    }

    [Fact]
    public void Learned_queries_gather_the_tokens_of_the_picture()
    {
        using var scope = NewDisposeScope();
        using UNet2DCondition network = new(Config);
        using IpAdapter adapter = Load(network, Resampler());
        Tensor picture = randn(2, 7, 10), tokens = adapter.Tokens(picture);
        Assert.Equal([2, 5, Width], tokens.shape);
        // Attention knows no order.
        Assert.True(tokens.allclose(adapter.Tokens(picture.flip(1)), atol: 1e-4));
        Assert.Equal([2, 15, Width], adapter.Tokens(randn(2, 3, 7, 10)).shape);
    }

    [Fact]
    public void A_picture_of_scale_zero_is_not_seen()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using UNet2DCondition network = new(Config);
        using IpAdapter adapter = Load(network, Resampler());
        using ControlledNetwork controlled = new(network) { ImagePrompts = [adapter] };
        Tensor input = randn(2, 4, 8, 8), time = full(2, 5f);
        Condition text = Condition.None.With(ConditionNames.Text, randn(2, 5, Width));
        Condition told = text.With(ConditionNames.ImagePrompt(0), randn(2, 7, 10)).With(ConditionNames.ImagePromptScale(0), tensor(new[] { 0f, 1f }));
        Tensor plain = network.call(input, time, text), seen = controlled.call(input, time, told);
        Assert.True(plain[0].allclose(seen[0], atol: 1e-5));
        Assert.False(plain[1].allclose(seen[1], atol: 1e-3));
    }

    [Fact]
    public void An_adapter_for_another_network_is_refused_with_the_keys_that_do_not_fit()
    {
        using var scope = NewDisposeScope();
        using UNet2DCondition network = new(Config with { MidBlockType = null });
        Assert.Contains("ip_adapter.7.to_k_ip.weight", Assert.Throws<InvalidDataException>(() => Load(network, Resampler())).Message);
    }

    [Fact]
    public void A_file_of_something_else_is_refused()
    {
        using var scope = NewDisposeScope();
        using UNet2DCondition network = new(Config);
        Assert.Contains("image_proj.proj.weight", Assert.Throws<InvalidDataException>(() => Load(network, new() { ["else"] = zeros(1) })).Message);
    }

    private static Dictionary<string, Tensor> Resampler() => new()
    {
        ["latents"] = randn(1, 5, 12), ["proj_in.weight"] = randn(12, 10), ["proj_in.bias"] = randn(12),
        ["layers.0.0.norm1.weight"] = ones(12), ["layers.0.0.norm1.bias"] = zeros(12), ["layers.0.0.norm2.weight"] = ones(12), ["layers.0.0.norm2.bias"] = zeros(12),
        ["layers.0.0.to_q.weight"] = randn(128, 12), ["layers.0.0.to_kv.weight"] = randn(256, 12), ["layers.0.0.to_out.weight"] = randn(12, 128),
        ["layers.0.1.0.weight"] = ones(12), ["layers.0.1.0.bias"] = zeros(12), ["layers.0.1.1.weight"] = randn(48, 12), ["layers.0.1.3.weight"] = randn(12, 48),
        ["proj_out.weight"] = randn(Width, 12), ["proj_out.bias"] = randn(Width), ["norm_out.weight"] = ones(Width), ["norm_out.bias"] = zeros(Width),
    };

    private static IpAdapter Load(UNet2DCondition network, Dictionary<string, Tensor> projection)
    {
        using TemporaryFolder folder = new();
        Dictionary<string, Tensor> tensors = projection.ToDictionary(pair => $"image_proj.{pair.Key}", pair => pair.Value, StringComparer.Ordinal);
        for (int i = 0; i < Channels.Length; i++)
            foreach (string part in new[] { "to_k_ip", "to_v_ip" }) tensors[$"ip_adapter.{2 * i + 1}.{part}.weight"] = randn(Channels[i], Width);
        SafetensorsWriter.Write(folder.File("adapter.safetensors"), tensors);
        return IpAdapter.Load(folder.File("adapter.safetensors"), network);
    }
}
