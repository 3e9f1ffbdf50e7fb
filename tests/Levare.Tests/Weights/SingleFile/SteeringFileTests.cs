using System.Text.Json;
using Levare.Conditioning;
using Levare.Networks.Control;
using Levare.Networks.UNet;
using Levare.Verification;
using Levare.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Weights.SingleFile;

public sealed class SteeringFileTests
{
    // The golden ControlNet's modules as files of training number them; the longest beginning holds.
    private static readonly (string Part, string File)[] Modules =
    [
        ("time_embedding.linear_1", "time_embed.0"), ("time_embedding.linear_2", "time_embed.2"), ("conv_in", "input_blocks.0.0"),
        ("down_blocks.0.resnets.0", "input_blocks.1.0"), ("down_blocks.0.attentions.0", "input_blocks.1.1"), ("down_blocks.0.downsamplers.0.conv", "input_blocks.2.0.op"),
        ("down_blocks.1.resnets.0", "input_blocks.3.0"), ("mid_block.resnets.0", "middle_block.0"), ("mid_block.attentions.0", "middle_block.1"), ("mid_block.resnets.1", "middle_block.2"),
        ("controlnet_mid_block", "middle_block_out.0"), ("controlnet_down_blocks.0", "zero_convs.0.0"), ("controlnet_down_blocks.1", "zero_convs.1.0"),
        ("controlnet_down_blocks.2", "zero_convs.2.0"), ("controlnet_down_blocks.3", "zero_convs.3.0"), ("controlnet_cond_embedding.conv_in", "input_hint_block.0"),
        ("controlnet_cond_embedding.blocks.0", "input_hint_block.2"), ("controlnet_cond_embedding.blocks.1", "input_hint_block.4"), ("controlnet_cond_embedding.blocks.2", "input_hint_block.6"),
        ("controlnet_cond_embedding.blocks.3", "input_hint_block.8"), ("controlnet_cond_embedding.blocks.4", "input_hint_block.10"), ("controlnet_cond_embedding.blocks.5", "input_hint_block.12"),
        ("controlnet_cond_embedding.conv_out", "input_hint_block.14"),
    ];

    private static readonly (string Part, string File)[] Residual =
        [("norm1", "in_layers.0"), ("conv1", "in_layers.2"), ("time_emb_proj", "emb_layers.1"), ("norm2", "out_layers.0"), ("conv2", "out_layers.3"), ("conv_shortcut", "skip_connection")];

    [Theory]
    [InlineData("control_model.")]
    [InlineData("state_dict.control_model.")]
    [InlineData("")]
    public void A_ControlNet_as_it_was_trained_has_the_tensors_of_its_folder(string prefix)
    {
        using GoldenCase golden = Golden.Open("sd/sd15_controlnet");
        using TemporaryFolder folder = new();
        ModelComponent expected = ModelComponent.Open(Path.Combine(golden.Folder, "controlnet"));
        using IWeights ones = expected.OpenWeights();
        string file = Write(folder, ones, key => prefix + AsTrained(key));
        using IWeights others = SteeringFile.OpenControlNet(file)!.OpenWeights();
        Assert.Equal(ones.Entries.Keys.Order(StringComparer.Ordinal), others.Entries.Keys.Order(StringComparer.Ordinal));
        foreach (string key in ones.Entries.Keys)
        {
            using Tensor left = ones.Load(key), right = others.Load(key);
            Assert.True(left.Equals(right), key);
        }
        ControlNet.Load(expected.WithWeights(() => SteeringFile.OpenControlNet(file)!.OpenWeights())).Dispose();
    }

    [Fact]
    public void Sizes_follow_from_the_shapes()
    {
        using GoldenCase golden = Golden.Open("sd/sd15_controlnet");
        using TemporaryFolder folder = new();
        ModelComponent expected = ModelComponent.Open(Path.Combine(golden.Folder, "controlnet"));
        using IWeights weights = expected.OpenWeights();
        JsonElement derived = SteeringFile.OpenControlNet(Write(folder, weights, key => $"control_model.{AsTrained(key)}"))!.Config;
        foreach (string name in new[] { "_class_name", "block_out_channels", "conditioning_embedding_out_channels", "cross_attention_dim", "down_block_types", "in_channels", "layers_per_block", "use_linear_projection" })
            Assert.True(JsonElement.DeepEquals(expected.Config.GetProperty(name), derived.GetProperty(name)), $"{name}: {derived.GetProperty(name).GetRawText()}");
    }

    [Fact]
    public void A_ControlNet_with_diffusers_keys_and_no_configuration_steers_as_before()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using ControlNet network = new(new()
        {
            Encoder = new UNet2DConditionConfig
            {
                BlockOutChannels = [32, 64], LayersPerBlock = [1, 1], AttentionHeads = [8, 8], CrossAttentionDim = [16, 16], TransformerLayers = [[1], [1]], OnlyCrossAttention = [false, false],
                DownBlockTypes = [ConditionDownBlockType.CrossAttnDownBlock2D, ConditionDownBlockType.DownBlock2D], UpBlockTypes = [ConditionUpBlockType.UpBlock2D, ConditionUpBlockType.UpBlock2D],
            },
            EmbeddingChannels = [4, 8, 8, 16],
        });
        network.eval();
        foreach (var weight in network.parameters()) weight.copy_(randn(weight.shape) * 0.1);
        string file = Path.Combine(folder.Path, "control.safetensors");
        SafetensorsWriter.Write(file, network.state_dict());
        using ControlNet loaded = ControlNet.Load(SteeringFile.OpenControlNet(file)!);
        Tensor input = randn(1, 4, 8, 8), picture = rand(1, 3, 64, 64);
        Condition condition = Condition.None.With(ConditionNames.Text, randn(1, 3, 16));
        UNetResiduals expected = network.Evaluate(input, tensor(500.0f), condition, picture), actual = loaded.Evaluate(input, tensor(500.0f), condition, picture);
        Golden.Check(
        [
            Comparison.Of("bottom", actual.Middle, expected.Middle),
            .. actual.Skips.Select((skip, i) => Comparison.Of($"skip {i}", skip, expected.Skips[i])),
        ]);
    }

    [Theory]
    [InlineData("lora_controlnet", "Control-LoRA")]
    [InlineData("task_embedding", "ControlNet Union")]
    [InlineData("body.0.block1.weight", "T2I-Adapter")]
    [InlineData("adapter.body.0.resnets.0.block1.weight", "T2I-Adapter")]
    public void What_cannot_be_opened_is_named(string key, string expected)
    {
        using TemporaryFolder folder = new();
        using Tensor one = ones(1);
        string file = Path.Combine(folder.Path, "steer.safetensors");
        SafetensorsWriter.Write(file, [new(key, one)]);
        Assert.Contains(expected, Assert.Throws<NotSupportedException>(() => SteeringFile.OpenControlNet(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_that_belong_to_no_ControlNet_are_listed_and_other_files_are_left_to_others()
    {
        using TemporaryFolder folder = new();
        using Tensor one = ones(1);
        string strange = Path.Combine(folder.Path, "strange.safetensors"), other = Path.Combine(folder.Path, "other.safetensors");
        SafetensorsWriter.Write(strange, [new("control_model.input_hint_block.0.weight", one), new("control_model.stranger.weight", one)]);
        SafetensorsWriter.Write(other, [new("image_proj.proj.weight", one)]);
        Assert.Contains("control_model.stranger.weight", Assert.Throws<InvalidDataException>(() => SteeringFile.OpenControlNet(strange)).Message, StringComparison.Ordinal);
        Assert.Null(SteeringFile.OpenControlNet(other));
    }

    private static string Write(TemporaryFolder folder, IWeights weights, Func<string, string> rename)
    {
        using var scope = NewDisposeScope();
        string file = Path.Combine(folder.Path, "control.safetensors");
        SafetensorsWriter.Write(file, weights.Entries.Keys.Select(key => KeyValuePair.Create(rename(key), weights.Load(key))).ToArray());
        return file;
    }

    private static string AsTrained(string key)
    {
        (string part, string file) = Modules.Where(module => key.StartsWith($"{module.Part}.", StringComparison.Ordinal)).MaxBy(module => module.Part.Length);
        string rest = key[(part.Length + 1)..];
        if (part.Contains("resnets", StringComparison.Ordinal))
            foreach ((string own, string trained) in Residual)
                if (rest.StartsWith($"{own}.", StringComparison.Ordinal)) rest = trained + rest[own.Length..];
        return $"{file}.{rest}";
    }
}
