using System.Collections.Immutable;
using System.Text.Json;
using Levare.Conditioning;
using Levare.Networks.Blocks;
using Levare.Networks.UNet;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Networks;

public sealed class UNet2DTests
{
    private static readonly UNet2DConfig Small = new()
    {
        SampleSize = (8, 8), BlockOutChannels = [8, 16], LayersPerBlock = 1, NormNumGroups = 4, AttentionHeadDim = 4,
        DownBlockTypes = [DownBlockType.DownBlock2D, DownBlockType.AttnDownBlock2D],
        UpBlockTypes = [UpBlockType.AttnUpBlock2D, UpBlockType.UpBlock2D],
    };

    public static TheoryData<string, ImmutableArray<DownBlockType>, ImmutableArray<UpBlockType>> BlockTypes() => new()
    {
        { "plain", [DownBlockType.DownBlock2D, DownBlockType.DownBlock2D], [UpBlockType.UpBlock2D, UpBlockType.UpBlock2D] },
        { "attention", [DownBlockType.AttnDownBlock2D, DownBlockType.AttnDownBlock2D], [UpBlockType.AttnUpBlock2D, UpBlockType.AttnUpBlock2D] },
        { "resnet", [DownBlockType.ResnetDownsampleBlock2D, DownBlockType.DownBlock2D], [UpBlockType.UpBlock2D, UpBlockType.ResnetUpsampleBlock2D] },
        { "skip", [DownBlockType.SkipDownBlock2D, DownBlockType.SkipDownBlock2D], [UpBlockType.SkipUpBlock2D, UpBlockType.SkipUpBlock2D] },
        { "attention skip", [DownBlockType.AttnSkipDownBlock2D, DownBlockType.AttnSkipDownBlock2D], [UpBlockType.AttnSkipUpBlock2D, UpBlockType.AttnSkipUpBlock2D] },
    };

    [Theory]
    [MemberData(nameof(BlockTypes))]
    public void Every_kind_of_block_keeps_the_shape_and_passes_a_gradient_to_every_weight(string kind, ImmutableArray<DownBlockType> down, ImmutableArray<UpBlockType> up)
    {
        _ = kind;
        using var scope = NewDisposeScope();
        using UNet2D network = new(Small with { BlockOutChannels = [32, 32], DownBlockTypes = down, UpBlockTypes = up });
        Tensor output = network.call(randn(2, 3, 8, 8), full(2, 0.7f), Condition.None);
        Assert.Equal([2, 3, 8, 8], output.shape);
        output.square().mean().backward();
        Assert.All(network.named_parameters(), pair => Assert.True(pair.parameter.grad is { } gradient && gradient.abs().sum().item<float>() > 0, pair.name));
    }

    [Fact]
    public void Fresh_norms_leave_their_input_as_it_is()
    {
        using UNet2D network = new(Small);
        (string Name, TorchSharp.Modules.Parameter Value)[] norms = [.. network.named_parameters().Where(pair => pair.name.Contains("norm", StringComparison.Ordinal))];
        Assert.NotEmpty(norms);
        Assert.All(norms, pair => Assert.True(pair.Value.eq(pair.Name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0).all().item<bool>(), pair.Name));
    }

    [Fact]
    public void Dropout_works_in_training_and_not_in_inference()
    {
        using var scope = NewDisposeScope();
        using UNet2D network = new(Small with { Dropout = 0.5 });
        Tensor input = randn(1, 3, 8, 8), time = full(1, 3f);
        network.train();
        Assert.False(network.call(input, time, Condition.None).Equals(network.call(input, time, Condition.None)));
        network.eval();
        Assert.True(network.call(input, time, Condition.None).Equals(network.call(input, time, Condition.None)));
    }

    [Fact]
    public void A_network_that_is_saved_and_loaded_gives_the_same_bits()
    {
        using var scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using UNet2D network = new(Small);
        network.eval();
        network.Save(folder.File("unet"));
        using UNet2D loaded = UNet2D.Load(ModelComponent.Open(folder.File("unet")));
        Assert.Equivalent(network.Config, loaded.Config);
        Assert.False(loaded.training);
        Tensor input = randn(2, 3, 8, 8), time = full(2, 3f);
        Assert.True(network.call(input, time, Condition.None).Equals(loaded.call(input, time, Condition.None)));
    }

    [Fact]
    public void Many_threads_share_one_network()
    {
        using UNet2D network = new(Small);
        network.eval();
        using Tensor input = randn(1, 3, 8, 8), time = full(1, 3f);
        using Tensor alone = Run();
        Parallel.For(0, 16, _ =>
        {
            using Tensor output = Run();
            Assert.True(output.Equals(alone));
        });

        Tensor Run()
        {
            using var noGradient = no_grad();
            return network.call(input, time, Condition.None);
        }
    }

    [Fact]
    public void Inference_leaves_no_tensors_behind()
    {
        using UNet2D network = new(Small);
        using var noGradient = no_grad();
        using Tensor input = randn(1, 3, 8, 8), time = full(1, 3f);
        using var scope = NewDisposeScope();
        using Tensor output = network.call(input, time, Condition.None);
        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void Class_labels_are_needed_where_they_are_known_and_refused_where_they_are_not()
    {
        using var scope = NewDisposeScope();
        Tensor input = randn(1, 3, 8, 8), time = full(1, 3f);
        using UNet2D conditional = new(Small with { ClassEmbedding = ClassEmbeddingType.Learned, NumClassEmbeds = 3 });
        Assert.Throws<KeyNotFoundException>(() => conditional.call(input, time, Condition.None));
        using UNet2D unconditional = new(Small);
        Condition labels = Condition.None.With(ConditionNames.ClassLabels, zeros(1, ScalarType.Int64));
        Assert.Throws<ArgumentException>(() => unconditional.call(input, time, labels));
    }

    [Fact]
    public void An_identity_class_embedding_is_added_to_the_time_embedding()
    {
        using var scope = NewDisposeScope();
        using UNet2D network = new(Small with { ClassEmbedding = ClassEmbeddingType.Identity });
        network.eval();
        Tensor input = randn(1, 3, 8, 8), time = full(1, 3f);
        using UNet2D plain = new(Small);
        using (no_grad())
            foreach ((string name, var parameter) in network.named_parameters()) plain.get_parameter(name)!.copy_(parameter);
        plain.eval();
        Tensor With(float value) => network.call(input, time, Condition.None.With(ConditionNames.ClassLabels, full(1, 32, value)));
        Assert.True(With(0).Equals(plain.call(input, time, Condition.None)));
        Assert.False(With(1).Equals(With(0)));
    }

    [Fact]
    public void A_learned_time_embedding_tells_the_times_apart()
    {
        using var scope = NewDisposeScope();
        using UNet2D network = new(Small with { TimeEmbeddingType = TimeEmbeddingType.Learned, NumTrainTimesteps = 10 });
        network.eval();
        Tensor input = randn(1, 3, 8, 8).expand(2, 3, 8, 8);
        Tensor output = network.call(input, tensor(new[] { 3f, 9f }), Condition.None);
        Assert.False(output[0].Equals(output[1]));
        Assert.ThrowsAny<Exception>(() => network.call(input, tensor(new[] { 3f, 10f }), Condition.None));
    }

    [Theory]
    [InlineData(3, 8, 7)]
    [InlineData(3, 9, 8)]
    [InlineData(4, 8, 8)]
    public void An_input_that_does_not_fit_is_refused_with_what_would(int channels, int height, int width)
    {
        using UNet2D network = new(Small);
        using Tensor input = zeros(1, channels, height, width), time = ones(1);
        string message = Assert.Throws<ArgumentException>(() => network.call(input, time, Condition.None)).Message;
        Assert.Contains("[batch, 3, height, width] with sides divisible by 2", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"block_out_channels": [1000000000, 8, 8, 8]}""", "block_out_channels")]
    [InlineData("""{"layers_per_block": 1000000}""", "layers_per_block")]
    [InlineData("""{"unknown_setting": 1}""", "unknown_setting")]
    [InlineData("""{"act_fn": "tanh"}""", "act_fn")]
    [InlineData("""{"norm_eps": "small"}""", "norm_eps")]
    [InlineData("""{"in_channels": 1.5}""", "in_channels")]
    [InlineData("""{"in_channels": 99999999999}""", "in_channels")]
    [InlineData("""{"in_channels": 2000000000}""", "in_channels")]
    [InlineData("""{"num_class_embeds": 2000000000}""", "num_class_embeds")]
    [InlineData("""{"time_embedding_type": "learned", "num_train_timesteps": 2000000000}""", "num_train_timesteps")]
    [InlineData("""{"time_embedding_dim": 2000000000}""", "time_embedding_dim")]
    [InlineData("""{"down_block_types": ["CrossAttnDownBlock2D"]}""", "AttnSkipDownBlock2D")]
    [InlineData("""{"down_block_types": ["0"]}""", "down_block_types")]
    [InlineData("""{"block_out_channels": [8]}""", "down_block_types has 4 entries where block_out_channels has 1")]
    [InlineData("""{"time_embedding_type": "learned"}""", "num_train_timesteps")]
    [InlineData("""{"resnet_time_scale_shift": "spatial"}""", "default, scale_shift")]
    [InlineData("""{"norm_num_groups": null}""", "norm_num_groups")]
    [InlineData("""{"mid_block_type": "UnCLIPUNetMidBlock2D"}""", "mid_block_type")]
    [InlineData("""{"class_embed_type": "projection"}""", "class_embed_type")]
    [InlineData("""[]""", "not a JSON object")]
    public void A_configuration_that_is_not_sound_is_refused_with_the_setting(string json, string named)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Contains(named, Assert.Throws<InvalidDataException>(() => UNet2DConfigJson.Read(document.RootElement, "config.json")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Old_spellings_and_bookkeeping_of_published_configurations_are_understood()
    {
        using JsonDocument document = JsonDocument.Parse("""
            {"_class_name": "UNet2DModel", "decay": 0.9999, "block_out_channels": [8, 8], "sample_size": [16, 32],
             "down_block_types": ["UNetResDownBlock2D", "UNetResAttnDownBlock2D"], "up_block_types": ["UNetResAttnUpBlock2D", "UNetResUpBlock2D"]}
            """);
        UNet2DConfig config = UNet2DConfigJson.Read(document.RootElement, "config.json");
        Assert.Equal([DownBlockType.DownBlock2D, DownBlockType.AttnDownBlock2D], config.DownBlockTypes);
        Assert.Equal((16, 32), config.SampleSize);
    }

    [Theory]
    [InlineData(7, 4)]
    [InlineData(0, 4)]
    public void Groups_that_do_not_divide_the_channels_are_refused(int groups, int headDim) =>
        Assert.Contains("does not divide", Assert.Throws<ArgumentException>(() => new UNet2D(Small with { NormNumGroups = groups, AttentionHeadDim = headDim })).Message, StringComparison.Ordinal);

    [Fact]
    public void The_smoothing_filter_keeps_a_constant_inside_and_goes_down_as_it_goes_up()
    {
        using var scope = NewDisposeScope();
        Tensor constant = full(1, 2, 8, 8, 3f);
        Assert.True(FirResampling.Down(constant).narrow(2, 1, 2).narrow(3, 1, 2).allclose(full(1, 2, 2, 2, 3f)));
        Assert.True(FirResampling.Up(constant).narrow(2, 1, 14).narrow(3, 1, 14).allclose(full(1, 2, 14, 14, 3f)));
        Tensor x = randn(1, 2, 8, 8), y = randn(1, 2, 4, 4);
        double down = (FirResampling.Down(x) * y).sum().item<float>(), up = (x * FirResampling.Up(y)).sum().item<float>() / 4;
        Assert.Equal(down, up, 1e-4);
    }
}
