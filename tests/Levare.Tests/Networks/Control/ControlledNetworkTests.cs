using System.Collections.Immutable;
using System.Text.Json;
using Levare.Conditioning;
using Levare.Networks.Attention;
using Levare.Networks.Control;
using Levare.Networks.UNet;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Networks.Control;

public sealed class ControlledNetworkTests
{
    private static readonly UNet2DConditionConfig Encoder = new()
    {
        BlockOutChannels = [8, 16], LayersPerBlock = [1, 1], NormNumGroups = 4, AttentionHeads = [2, 2], CrossAttentionDim = [6, 6],
        DownBlockTypes = [ConditionDownBlockType.CrossAttnDownBlock2D, ConditionDownBlockType.DownBlock2D],
        UpBlockTypes = [ConditionUpBlockType.UpBlock2D, ConditionUpBlockType.CrossAttnUpBlock2D],
        TransformerLayers = [[1], [1]], OnlyCrossAttention = [false, false],
    };

    private static readonly ControlNetConfig Config = new()
    {
        Encoder = Encoder with { UpBlockTypes = [ConditionUpBlockType.UpBlock2D, ConditionUpBlockType.UpBlock2D] }, EmbeddingChannels = [4, 6],
    };

    [Fact]
    public void A_fresh_ControlNet_leaves_its_network_as_it_is()
    {
        using Scene scene = new(rows: 2);
        using ControlNet net = new(Config);
        using ControlledNetwork controlled = new(scene.Network) { ControlNets = [new(net)] };
        Assert.True(scene.Plain().Equals(controlled.call(scene.Input, scene.Time, scene.Told())));
    }

    [Fact]
    public void A_row_of_scale_zero_is_what_it_is_without_control_and_the_others_are_what_they_are_alone()
    {
        using Scene scene = new(rows: 3);
        using ControlNet net = Trained();
        using ControlledNetwork controlled = new(scene.Network) { ControlNets = [new(net)] };
        Tensor all = controlled.call(scene.Input, scene.Time, scene.Told().With(ConditionNames.ControlScale(0), tensor(new[] { 0.7f, 0, 0.7f })));
        Tensor whole = controlled.call(scene.Input, scene.Time, scene.Told().With(ConditionNames.ControlScale(0), full(3, 0.7f)));
        AssertClose(scene.Plain()[1], all[1]);
        AssertClose(whole[0], all[0]);
        AssertClose(whole[2], all[2]);
        Assert.True((whole - scene.Plain()).abs().max().item<float>() > 0.01);
    }

    [Fact]
    public void A_ControlNet_whose_rows_are_all_zero_is_not_run()
    {
        using Scene scene = new(rows: 1);
        using ControlNet net = Trained();
        using ControlledNetwork controlled = new(scene.Network) { ControlNets = [new(net)] };
        // It would refuse a picture of this size.
        Condition told = scene.Text.With(ConditionNames.ControlImage(0), zeros(1, 3, 5, 5)).With(ConditionNames.ControlScale(0), zeros(1));
        Assert.True(scene.Plain().Equals(controlled.call(scene.Input, scene.Time, told)));
        Assert.Contains("[1, 3, 16, 16]", Assert.Throws<ArgumentException>(
            () => controlled.call(scene.Input, scene.Time, told.With(ConditionNames.ControlScale(0), ones(1)))).Message);
    }

    [Fact]
    public void Two_ControlNets_are_summed_inside()
    {
        using Scene scene = new(rows: 1);
        using ControlNet net = Trained();
        using ControlledNetwork once = new(scene.Network) { ControlNets = [new(net)] }, twice = new(scene.Network) { ControlNets = [new(net), new(net)] };
        Tensor picture = scene.Told()[ConditionNames.ControlImage(0)];
        Condition halves = scene.Told().With(ConditionNames.ControlImage(1), picture).With(ConditionNames.ControlScale(0), full(1, 0.25f)).With(ConditionNames.ControlScale(1), full(1, 0.75f));
        AssertClose(once.call(scene.Input, scene.Time, scene.Told()), twice.call(scene.Input, scene.Time, halves));
    }

    [Fact]
    public void A_ControlNet_of_another_model_is_refused()
    {
        using Scene scene = new(rows: 1);
        using ControlNet net = new(Config with { Encoder = Config.Encoder with { LayersPerBlock = [2, 1] } });
        using ControlledNetwork controlled = new(scene.Network) { ControlNets = [new(net)] };
        Assert.Contains("different models", Assert.Throws<ArgumentException>(() => controlled.call(scene.Input, scene.Time, scene.Told())).Message);
    }

    [Fact]
    public void A_run_leaves_nothing_but_its_result_and_disposing_it_leaves_the_networks()
    {
        using Scene scene = new(rows: 2);
        using ControlNet net = Trained();
        Condition told = scene.Told().With(ConditionNames.ControlScale(0), tensor(new[] { 0f, 1f }));
        ControlledNetwork controlled = new(scene.Network) { ControlNets = [new(net)], Interventions = new() { FreeU = new(1.1, 1.2, 0.9, 0.8) } };
        controlled.call(scene.Input, scene.Time, told).Dispose();
        long before = LiveTensors.Count;
        Tensor output = controlled.call(scene.Input, scene.Time, told);
        Assert.Equal(before + 1, LiveTensors.Count);
        Assert.Empty(controlled.parameters());
        controlled.Dispose();
        Assert.Equal(output.shape, scene.Plain().shape);
    }

    [Fact]
    public void Runs_side_by_side_on_one_network_give_what_each_gives_alone()
    {
        using Scene scene = new(rows: 1);
        UNetInterventions[] ways =
        [
            UNetInterventions.None, new() { FreeU = new(1.5, 1.4, 0.5, 0.2) }, new() { IdentityAttention = new AttentionSelection("mid", "up_blocks") },
            new() { IdentityAttention = new AttentionSelection(@"down_blocks\.0"), FreeU = new(0.5, 1, 1, 1) },
        ];
        float[][] alone = [.. ways.Select(way => Values(scene, way))];
        Assert.Equal(ways.Length, alone.Select(values => values[0]).Distinct().Count());
        float[][] together = new float[16][];
        // No await: the scene's gradient mode belongs to this thread.
        Parallel.For(0, together.Length, i => together[i] = Values(scene, ways[i % ways.Length]));
        for (int i = 0; i < together.Length; i++) Assert.Equal(alone[i % ways.Length], together[i]);
    }

    [Fact]
    public void Attention_layers_that_there_are_not_are_refused_with_those_that_there_are()
    {
        using Scene scene = new(rows: 1);
        using AttentionProbe probe = new("mid_block.attentions.3");
        foreach (UNetInterventions wrong in new UNetInterventions[] { new() { IdentityAttention = new AttentionSelection("midd") }, new() { Probe = probe } })
            Assert.Contains(AttentionProbe.MiddleLayer, Assert.Throws<ArgumentException>(() => scene.Network.Evaluate(scene.Input, scene.Time, scene.Text, wrong)).Message);
    }

    [Fact]
    public void A_ControlNet_that_is_saved_and_loaded_has_the_same_settings_and_weights()
    {
        using var scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        ControlNetConfig config = Config with { ColourOrder = ColourOrder.Bgr, PoolsGlobally = true, ImageChannels = 2 };
        using ControlNet net = new(config);
        net.Save(folder.File("net"));
        using ControlNet loaded = ControlNet.Load(ModelComponent.Open(folder.File("net")));
        Assert.Equivalent(config, loaded.Config);
        Dictionary<string, Tensor> weights = loaded.state_dict();
        Assert.All(net.state_dict(), pair => Assert.True(pair.Value.Equals(weights[pair.Key]), pair.Key));
    }

    [Fact]
    public void Global_pooling_adds_the_same_to_every_pixel_and_blue_first_turns_the_colours_round()
    {
        using Scene scene = new(rows: 1);
        using ControlNet net = Trained(), pooled = new(Config with { PoolsGlobally = true }), turned = new(Config with { ColourOrder = ColourOrder.Bgr });
        pooled.load_state_dict(net.state_dict());
        turned.load_state_dict(net.state_dict());
        Condition told = scene.Told();
        Tensor picture = told[ConditionNames.ControlImage(0)];
        Tensor Output(ControlNet one, Condition condition)
        {
            using ControlledNetwork controlled = new(scene.Network) { ControlNets = [new(one)] };
            return controlled.call(scene.Input, scene.Time, condition);
        }
        AssertClose(Output(net, told), Output(turned, told.With(ConditionNames.ControlImage(0), picture.flip(1))));
        UNetResiduals residuals = net.Evaluate(scene.Input, scene.Time, told, picture);
        Tensor expected = scene.Network.Evaluate(scene.Input, scene.Time, told, new() { Residuals = residuals.Map((x, _) => x.mean([2, 3], keepdim: true)) });
        AssertClose(expected, Output(pooled, told));
    }

    [Theory]
    [InlineData("""{"controlnet_conditioning_channel_order": "gbr"}""", "controlnet_conditioning_channel_order")]
    [InlineData("""{"conditioning_embedding_out_channels": []}""", "conditioning_embedding_out_channels")]
    [InlineData("""{"cross_attention_dim": 0}""", "cross_attention_dim")]
    [InlineData("""{"guess": true}""", "guess")]
    public void Settings_of_a_ControlNet_that_are_not_known_or_not_sound_are_named(string json, string key)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => ControlNetConfigJson.Read(document.RootElement, "control/config.json"));
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains("control/config.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ControlNet_knows_the_number_of_heads_by_its_own_name_first()
    {
        using JsonDocument document = JsonDocument.Parse("""{"attention_head_dim": [5, 10, 20, 20], "num_attention_heads": 4}""");
        Assert.Equal(ImmutableArray.Create(4, 4, 4, 4), ControlNetConfigJson.Read(document.RootElement, "config.json").Encoder.AttentionHeads);
    }

    private static ControlNet Trained()
    {
        ControlNet net = new(Config);
        using var noGradient = no_grad();
        foreach ((string name, TorchSharp.Modules.Parameter weight) in net.named_parameters())
            if (name.StartsWith("controlnet_", StringComparison.Ordinal)) nn.init.normal_(weight, 0, 0.3);
        return net;
    }

    private static float[] Values(Scene scene, UNetInterventions way)
    {
        using var noGradient = no_grad();
        using Tensor output = scene.Network.Evaluate(scene.Input, scene.Time, scene.Text, way);
        return output.data<float>().ToArray();
    }

    private static void AssertClose(Tensor expected, Tensor actual) => Assert.InRange((expected - actual).abs().max().item<float>(), 0, 1e-5);

    /// <summary>A small U-Net and something to evaluate it on.</summary>
    private sealed class Scene : IDisposable
    {
        private readonly DisposeScope _scope = NewDisposeScope();
        private readonly IDisposable _noGradient = no_grad();
        private readonly int _rows;

        public Scene(int rows)
        {
            _rows = rows;
            Network = new(Encoder);
            Network.eval();
            Input = randn(rows, 4, 8, 8);
            Time = full(rows, 5f);
            Text = Condition.None.With(ConditionNames.Text, randn(rows, 5, 6));
        }

        public UNet2DCondition Network { get; }

        public Tensor Input { get; }

        public Tensor Time { get; }

        public Condition Text { get; }

        public Tensor Plain() => Network.call(Input, Time, Text);

        public Condition Told() => Text.With(ConditionNames.ControlImage(0), arange(_rows * 3 * 16 * 16).to(ScalarType.Float32).view(_rows, 3, 16, 16).sin());

        public void Dispose()
        {
            Network.Dispose();
            _noGradient.Dispose();
            _scope.Dispose();
        }
    }
}
