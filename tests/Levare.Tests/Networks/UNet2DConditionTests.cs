using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Conditioning;
using Levare.Networks;
using Levare.Networks.Blocks;
using Levare.Networks.UNet;
using Levare.Verification;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Networks;

public sealed class UNet2DConditionTests
{
    private static readonly UNet2DConditionConfig Small = new()
    {
        BlockOutChannels = [8, 16], LayersPerBlock = [1, 1], NormNumGroups = 4, AttentionHeads = [2, 2], CrossAttentionDim = [6, 6],
        DownBlockTypes = [ConditionDownBlockType.CrossAttnDownBlock2D, ConditionDownBlockType.DownBlock2D],
        UpBlockTypes = [ConditionUpBlockType.UpBlock2D, ConditionUpBlockType.CrossAttnUpBlock2D],
        TransformerLayers = [[1], [1]], OnlyCrossAttention = [false, false],
    };

    /// <summary>Folders with a U-Net in the layout of SD 1, SD 2, SDXL, its refiner, the upscaler, a distilled one, inpainting, and editing by words.</summary>
    public static TheoryData<string> Models =>
    [
        "sd/sd15_model/unet", "sd/sd15_small_model/unet", "sd/sd21_vpred/model/unet", "sd/sdxl_model/unet", "sd/sdxl_refiner/model/unet",
        "sd/sd_x4_upscaler/model/unet", "sd/sd15_lcm_distilled/unet", "sd/sd15_inpaint9/unet", "sd/sd15_instruct_pix2pix/model/unet",
        "marigold/depth/model/unet", "audio/musicldm/model/unet",
    ];

    /// <summary>Settings that the models in the box do not have, each with what it is called.</summary>
    public static TheoryData<string, UNet2DConditionConfig> Options => new()
    {
        { "a transformer of its own depth for each layer", Small with { TransformerLayers = [[2], [1]], UpTransformerLayers = [[1], [1, 2]] } },
        { "an empty transformer", Small with { TransformerLayers = [[0], [1]] } },
        { "no block at the bottom", Small with { MidBlockType = null } },
        { "a bottom without a transformer", Small with { MidBlockType = ConditionMidBlockType.UNetMidBlock2D } },
        { "layers by block", Small with { LayersPerBlock = [2, 1] } },
        { "text of its own width for each block", Small with { CrossAttentionDim = [6, 4], MidBlockType = ConditionMidBlockType.UNetMidBlock2D } },
        { "text that is projected", Small with { EncoderHidDim = 6, CrossAttentionDim = [10, 10] } },
        { "fourier waves", Small with { TimeEmbeddingType = TimeEmbeddingType.Fourier } },
        { "activations behind the time", Small with { TimestepPostActivation = Activation.Gelu, TimeEmbeddingActivation = Activation.Mish } },
        { "time as scale and shift", Small with { TimeModulation = TimeModulation.ScaleShift } },
        { "large kernels", Small with { ConvInKernel = 5, ConvOutKernel = 1 } },
        { "a centred input", Small with { CenterInputSample = true } },
        { "learned classes", Small with { ClassEmbedding = ConditionClassEmbedding.Learned, NumClassEmbeds = 9 } },
        { "classes as time", Small with { ClassEmbedding = ConditionClassEmbedding.Timestep } },
        { "projected classes", Small with { ClassEmbedding = ConditionClassEmbedding.Projection, ProjectionInputDim = 5 } },
        { "projected classes behind the time", Small with { ClassEmbedding = ConditionClassEmbedding.SimpleProjection, ProjectionInputDim = 5, ClassEmbeddingsConcat = true } },
        { "dropout", Small with { Dropout = 0.25 } },
    };

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Models))]
    public void A_configuration_alone_says_which_weights_there_are(string model)
    {
        ModelComponent component = Open(model);
        using IWeights weights = component.OpenWeights();
        using IDisposable shapesAlone = NetworkConstruction.WithoutWeights();
        using UNet2DCondition network = new(UNet2DConditionConfigJson.Read(component.Config, component.ConfigPath));
        Assert.Equal(
            weights.Entries.Values.Select(entry => $"{entry.Name} [{string.Join(", ", entry.Shape)}]").Order(),
            network.state_dict().Select(pair => $"{pair.Key} [{string.Join(", ", pair.Value.shape)}]").Order());
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Models))]
    public void A_configuration_survives_being_written_and_read(string model)
    {
        UNet2DConditionConfig config = UNet2DConditionConfigJson.Read(Open(model).Config, model);
        Assert.Equivalent(config, WrittenAndRead(config));
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Every_option_is_written_and_read_and_runs_with_a_gradient_for_every_weight(string option, UNet2DConditionConfig config)
    {
        _ = option;
        Assert.Equivalent(config, WrittenAndRead(config));
        using var scope = NewDisposeScope();
        using UNet2DCondition network = new(config);
        Tensor output = network.call(randn(2, 4, 8, 8), tensor(new[] { 3f, 700f }), Told(config));
        Assert.Equal([2, 4, 8, 8], output.shape);
        output.square().mean().backward();
        Assert.All(network.named_parameters().Where(pair => pair.parameter.requires_grad),
            pair => Assert.True(pair.parameter.grad is { } gradient && gradient.abs().sum().item<float>() > 0, pair.name));
    }

    [Theory]
    [InlineData("sd/sd15_pndm", "sd/sd15_model/unet")]
    [InlineData("sd/sd15_inpaint9", "sd/sd15_inpaint9/unet")]
    [InlineData("sd/sdxl_txt2img", "sd/sdxl_model/unet")]
    [InlineData("sd/sd21_vpred", "sd/sd21_vpred/model/unet")]
    public void The_first_evaluation_of_a_pipeline_is_what_diffusers_gives(string name, string model)
    {
        using GoldenCase golden = Golden.Open(name);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using UNet2DCondition network = UNet2DCondition.Load(Open(model));
        Tensor latents = golden.Has("unet_in.0") ? golden.Tensor("unet_in.0") : golden.Tensor("draws.0").repeat(2, 1, 1, 1);
        Condition condition = Condition.None.With(ConditionNames.Text, cat([golden.Tensor("negative_prompt_embeds"), golden.Tensor("prompt_embeds")], 0));
        foreach (string added in new[] { ConditionNames.TextEmbeds, ConditionNames.TimeIds })
            if (golden.Has($"added_cond.{added}")) condition = condition.With(added, golden.Tensor($"added_cond.{added}"));
        Tensor expected = golden.Tensor("unet_out.0"), output = network.call(latents, golden.Tensor("unet_timesteps")[0], condition);
        Golden.Check([Comparison.Of("output", output, expected)]);
        if (network.Config.InChannels == 9)
            Golden.Check([Comparison.Of("with channels as a condition", network.call(
                latents.narrow(1, 0, 4), golden.Tensor("unet_timesteps")[0], condition.With(ConditionNames.Channels, latents.narrow(1, 4, 5))), expected)]);
    }

    [Theory]
    [InlineData(8, 13)]
    [InlineData(9, 8)]
    [InlineData(1, 1)]
    public void Any_size_comes_back_as_it_was(int height, int width)
    {
        using var scope = NewDisposeScope();
        using UNet2DCondition network = new(Small with { BlockOutChannels = [8, 8, 8], LayersPerBlock = [1, 1, 1], AttentionHeads = [2, 2, 2],
            CrossAttentionDim = [6, 6, 6], TransformerLayers = [[1], [1], [1]], OnlyCrossAttention = [false, false, false],
            DownBlockTypes = [.. Small.DownBlockTypes, ConditionDownBlockType.DownBlock2D], UpBlockTypes = [ConditionUpBlockType.UpBlock2D, .. Small.UpBlockTypes] });
        Assert.Equal([1, 4, height, width], network.call(randn(1, 4, height, width), full(1, 5f), Text(1)).shape);
    }

    [Fact]
    public void Half_precision_weights_take_and_give_the_type_of_the_input()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using UNet2DCondition network = new(Small);
        Tensor input = randn(1, 4, 8, 8), time = full(1, 5f);
        Condition text = Text(1);
        Tensor full32 = network.call(input, time, text);
        network.to(ScalarType.BFloat16);
        Tensor half = network.call(input, time, text);
        Assert.Equal(ScalarType.Float32, half.dtype);
        Assert.InRange(((half - full32).square().mean() / full32.square().mean()).item<float>(), 1e-8f, 1e-3f);
    }

    [Fact]
    public void A_network_that_is_saved_and_loaded_has_the_same_weights()
    {
        using var scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using UNet2DCondition network = new(Small);
        network.eval();
        network.Save(folder.File("unet"));
        using UNet2DCondition loaded = UNet2DCondition.Load(ModelComponent.Open(folder.File("unet")));
        Assert.False(loaded.training);
        Dictionary<string, Tensor> weights = loaded.state_dict();
        Assert.Equal(network.state_dict().Keys.Order(), weights.Keys.Order());
        Assert.All(network.state_dict(), pair => Assert.True(pair.Value.Equals(weights[pair.Key]), pair.Key));
    }

    [Fact]
    public void An_evaluation_leaves_its_result_alone_behind()
    {
        using var noGradient = no_grad();
        using UNet2DCondition network = new(Small);
        using Tensor input = randn(2, 4, 8, 9), time = full(2, 3f), text = randn(2, 5, 6);
        Condition condition = Condition.None.With(ConditionNames.Text, text);
        network.call(input, time, condition).Dispose();
        long before = LiveTensors.Count;
        using Tensor output = network.call(input, time, condition);
        Assert.Equal(before + 1, LiveTensors.Count);
    }

    [Fact]
    public void A_missing_text_or_one_of_another_width_is_named()
    {
        using var scope = NewDisposeScope();
        using UNet2DCondition network = new(Small);
        Tensor input = randn(1, 4, 8, 8), time = full(1, 5f);
        Assert.Contains(ConditionNames.Text, Assert.Throws<KeyNotFoundException>(() => network.call(input, time, Condition.None)).Message);
        Assert.Contains("[1, tokens, 6]", Assert.Throws<ArgumentException>(() => network.call(input, time, Condition.None.With(ConditionNames.Text, randn(1, 5, 7)))).Message);
        Assert.Contains("[batch, 4, height, width]", Assert.Throws<ArgumentException>(() => network.call(input, time, Text(1).With(ConditionNames.Channels, randn(1, 5, 8, 8)))).Message);
    }

    [Fact]
    public void What_the_network_cannot_hear_is_refused()
    {
        using var scope = NewDisposeScope();
        using UNet2DCondition network = new(Small);
        Tensor input = randn(1, 4, 8, 8), time = full(1, 5f);
        Assert.Throws<ArgumentException>(() => network.call(input, time, Text(1).With(ConditionNames.ClassLabels, zeros(1))));
        Assert.Throws<ArgumentException>(() => network.call(input, time, Text(1).With(ConditionNames.TimestepCondition, zeros(1, 8))));
    }

    [Fact]
    public void A_key_that_the_network_does_not_have_is_named_and_so_is_one_that_it_misses()
    {
        using var scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using UNet2DCondition network = new(Small);
        Dictionary<string, Tensor> tensors = network.state_dict();
        tensors.Remove("conv_in.bias");
        tensors["down_blocks.7.bias"] = zeros(1);
        ModelComponent.Write(folder.File("unet"), UNet2DConditionConfigJson.Write(Small), tensors);
        string message = Assert.Throws<InvalidDataException>(() => UNet2DCondition.Load(ModelComponent.Open(folder.File("unet")))).Message;
        Assert.Contains("down_blocks.7.bias", message);
        Assert.Contains("conv_in.bias", message);
    }

    [Theory]
    [InlineData("""{"dual_cross_attention": true}""", "dual_cross_attention")]
    [InlineData("""{"attention_type": "gated"}""", "attention_type")]
    [InlineData("""{"addition_embed_type": "image"}""", "addition_embed_type")]
    [InlineData("""{"encoder_hid_dim_type": "image_proj", "encoder_hid_dim": 8}""", "encoder_hid_dim_type")]
    [InlineData("""{"down_block_types": ["KDownBlock2D"]}""", "down_block_types")]
    [InlineData("""{"mid_block_type": "UNetMidBlock2DSimpleCrossAttn"}""", "mid_block_type")]
    [InlineData("""{"resnet_out_scale_factor": 1.5}""", "resnet_out_scale_factor")]
    [InlineData("""{"layers_per_block": [2, 2]}""", "layers_per_block")]
    [InlineData("""{"attention_head_dim": [5, 10, 20, 4000]}""", "attention_head_dim")]
    [InlineData("""{"block_out_channels": [320, 640, 1280, 99999999]}""", "block_out_channels")]
    [InlineData("""{"transformer_layers_per_block": [[1, 1], 1, 1, 1]}""", "reverse_transformer_layers_per_block")]
    [InlineData("""{"norm_num_groups": null}""", "norm_num_groups")]
    [InlineData("""{"sampel_size": 64}""", "sampel_size")]
    public void Settings_that_are_not_known_or_not_sound_are_named(string json, string key)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Contains(key, Assert.Throws<InvalidDataException>(() => UNet2DConditionConfigJson.Read(document.RootElement, "config.json")).Message);
    }

    [Fact]
    public void A_setting_that_is_written_as_another_number_of_the_same_value_is_the_same()
    {
        using JsonDocument document = JsonDocument.Parse("""{"resnet_out_scale_factor": 1.0, "dual_cross_attention": null}""");
        Assert.Equivalent(new UNet2DConditionConfig(), UNet2DConditionConfigJson.Read(document.RootElement, "config.json"));
    }

    private static ModelComponent Open(string model)
    {
        string folder = Path.Combine(Golden.Folder ?? "", model);
        Assert.SkipWhen(!Directory.Exists(folder), $"{model}: the folder shared/golden is not beside this checkout, and the box has no such model");
        return ModelComponent.Open(folder);
    }

    private static UNet2DConditionConfig WrittenAndRead(UNet2DConditionConfig config)
    {
        JsonObject written = UNet2DConditionConfigJson.Write(config);
        using JsonDocument document = JsonDocument.Parse(written.ToJsonString());
        return UNet2DConditionConfigJson.Read(document.RootElement, "written");
    }

    private static Condition Text(int batch, int width = 6) => Condition.None.With(ConditionNames.Text, randn(batch, 5, width));

    private static Condition Told(UNet2DConditionConfig config)
    {
        Condition condition = Text(2);
        return config.ClassEmbedding switch
        {
            ConditionClassEmbedding.Learned or ConditionClassEmbedding.Timestep => condition.With(ConditionNames.ClassLabels, tensor(new[] { 4L, 8L })),
            ConditionClassEmbedding.Projection or ConditionClassEmbedding.SimpleProjection => condition.With(ConditionNames.ClassLabels, randn(2, 5)),
            _ => condition,
        };
    }
}
