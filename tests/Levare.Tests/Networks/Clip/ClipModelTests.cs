using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Networks.Blocks;
using Levare.Networks.Clip;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Networks.Clip;

/// <summary>CLIP's encoders from files of all layouts, and what they refuse.</summary>
public sealed class ClipModelTests : IDisposable
{
    private static readonly ClipEncoderConfig Layers = new() { Width = 8, InnerWidth = 16, Layers = 2, Heads = 2 };
    private static readonly ClipTextConfig Text = new() { VocabularySize = 20, Positions = 6, Encoder = Layers, ProjectionWidth = 4, EndNumber = 9 };
    private static readonly ClipVisionConfig Vision = new() { ImageSize = 8, PatchSize = 4, Encoder = Layers, ProjectionWidth = 4 };
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly ClipTextModel _text;
    private readonly ClipVisionModel _vision;

    public ClipModelTests()
    {
        random.manual_seed(3);
        _text = new(Text, hasProjection: true);
        _vision = new(Vision, hasProjection: true);
        _text.eval();
        _vision.eval();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Keys_may_lack_the_prefix_and_positions_are_passed_over(bool hasPrefix)
    {
        Write(_text, TextJson(), key => hasPrefix ? key : key.Replace("text_model.", "", StringComparison.Ordinal), ("embeddings.position_ids", arange(6).unsqueeze(0)));
        using ClipTextModel loaded = ClipTextModel.Load(ModelComponent.Open(_folder.Path));
        AssertAlike(_text.call(Numbers(1, 2, 9)).LastState, loaded.call(Numbers(1, 2, 9)).LastState);
    }

    [Fact]
    public void A_whole_CLIP_model_gives_either_encoder()
    {
        JsonObject config = new() { ["projection_dim"] = 4, ["text_config"] = TextJson(), ["vision_config"] = VisionJson() };
        // What a part says of the projection does not count in a whole model.
        config["text_config"]!["projection_dim"] = 512;
        Dictionary<string, Tensor> weights = _text.state_dict().Concat(_vision.state_dict()).ToDictionary(pair => pair.Key, pair => pair.Value);
        weights["logit_scale"] = tensor(2.5f);
        ModelComponent.Write(_folder.Path, config, weights);
        using ClipTextModel text = ClipTextModel.Load(ModelComponent.Open(_folder.Path));
        using ClipVisionModel vision = ClipVisionModel.Load(ModelComponent.Open(_folder.Path));
        AssertAlike(_text.call(Numbers(4, 9)).Projected!, text.call(Numbers(4, 9)).Projected!);
        Tensor picture = randn(1, 3, 8, 8);
        AssertAlike(_vision.call(picture).Projected!, vision.call(picture).Projected!);
    }

    [Fact]
    public void A_model_without_the_projection_that_its_class_has_is_an_error()
    {
        using ClipTextModel bare = new(Text, hasProjection: false);
        JsonObject config = TextJson();
        config["architectures"] = new JsonArray("CLIPTextModelWithProjection");
        Write(bare, config, key => key);
        Assert.Contains("text_projection.weight", Assert.Throws<InvalidDataException>(() => ClipTextModel.Load(ModelComponent.Open(_folder.Path))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9, new long[] { 1, 9, 12, 9 }, 1)] // the first end
    [InlineData(9, new long[] { 1, 3, 12, 5 }, 0)] // no end at all: the start, as transformers has it
    [InlineData(2, new long[] { 1, 9, 12, 9 }, 2)] // what early files say: the largest number
    public void The_text_as_a_whole_is_read_at_its_end(int end, long[] numbers, int position)
    {
        using ClipTextModel model = new(Text with { EndNumber = end }, hasProjection: false);
        ClipTextOutput output = model.call(tensor(numbers).unsqueeze(0));
        Assert.Equal(output.LastState[0, position].data<float>(), output.Pooled[0].data<float>());
    }

    [Fact]
    public void Tokens_see_only_what_is_before_them_and_patches_see_all()
    {
        Assert.Equal(_text.call(Numbers(1, 2, 3)).LastState[0, 0].data<float>(), _text.call(Numbers(1, 7, 9)).LastState[0, 0].data<float>());
        Tensor picture = randn(1, 3, 8, 8), other = picture.clone();
        other[0, 0, 7, 7] = 5f;
        Assert.NotEqual(_vision.call(picture).LastState[0, 1].data<float>(), _vision.call(other).LastState[0, 1].data<float>());
    }

    [Fact]
    public void Added_tokens_have_their_own_rows()
    {
        Tensor rows = randn(2, 8);
        Tensor states = _text.Encode(Numbers(1, 21, 20), new AddedEmbeddings(20, rows)).HiddenStates[0], plain = _text.call(Numbers(1, 1, 1)).HiddenStates[0];
        Tensor own = _text.state_dict()["text_model.embeddings.token_embedding.weight"][1], positions = plain[0] - own;
        Assert.InRange((states[0] - positions - stack([own, rows[1], rows[0]])).abs().max().item<float>(), 0, 1e-6);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Contains("token 20", Assert.Throws<ArgumentException>(() => _text.call(Numbers(1, 20))).Message, StringComparison.Ordinal);
        Assert.Contains("token -1", Assert.Throws<ArgumentException>(() => _text.call(Numbers(-1))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _text.call(Numbers(1, 1, 1, 1, 1, 1, 1)));
        Assert.Throws<ArgumentException>(() => _text.Encode(Numbers(1), new AddedEmbeddings(20, zeros(1, 7))));
        Assert.Throws<ArgumentException>(() => _vision.call(zeros(1, 3, 8, 12)));
    }

    [Theory]
    [InlineData("num_attention_heads", 3)]
    [InlineData("hidden_size", 0)]
    [InlineData("vocab_size", 0)]
    [InlineData("vocab_size", int.MaxValue)]
    [InlineData("projection_dim", int.MaxValue)]
    [InlineData("intermediate_size", -1)]
    public void Settings_that_are_not_sound_are_refused(string key, int value)
    {
        JsonObject config = TextJson();
        config[key] = value;
        Write(_text, config, name => name);
        Assert.Contains("config.json", Assert.Throws<InvalidDataException>(() => ClipTextModel.Load(ModelComponent.Open(_folder.Path))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image_size", int.MaxValue)]
    [InlineData("patch_size", 0)]
    [InlineData("num_channels", int.MaxValue)]
    public void Settings_of_pictures_that_are_not_sound_are_refused(string key, int value)
    {
        JsonObject config = VisionJson();
        config[key] = value;
        using JsonDocument document = JsonDocument.Parse(config.ToJsonString());
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => ClipVisionConfig.Read(document.RootElement, "vision/config.json"));
        Assert.Contains("vision/config.json: '", error.Message, StringComparison.Ordinal);
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Quick_gelu_is_a_sigmoid_of_slope_1_702() =>
        Assert.Equal(2 / (1 + Math.Exp(-1.702 * 2)), Activations.Parse("quick_gelu").Apply(tensor(2f)).item<float>(), 1e-6);

    public void Dispose()
    {
        _text.Dispose();
        _vision.Dispose();
        _scope.Dispose();
        _folder.Dispose();
    }

    // Weights in a mapped file lie elsewhere in memory, which changes the order of additions.
    private static void AssertAlike(Tensor expected, Tensor actual) => Assert.InRange((expected - actual).abs().max().item<float>(), 0, 1e-5);

    private static Tensor Numbers(params long[] numbers) => tensor(numbers).unsqueeze(0);

    private void Write(nn.Module model, JsonObject config, Func<string, string> rename, params (string Key, Tensor Value)[] more) => ModelComponent.Write(
        _folder.Path, config, model.state_dict().Select(pair => KeyValuePair.Create(rename(pair.Key), pair.Value)).Concat(more.Select(item => KeyValuePair.Create(item.Key, item.Value))));

    private static JsonObject TextJson() => new()
    {
        ["vocab_size"] = 20, ["max_position_embeddings"] = 6, ["hidden_size"] = 8, ["intermediate_size"] = 16, ["num_hidden_layers"] = 2,
        ["num_attention_heads"] = 2, ["projection_dim"] = 4, ["eos_token_id"] = 9, ["transformers_version"] = "5",
    };

    private static JsonObject VisionJson() => new()
    {
        ["image_size"] = 8, ["patch_size"] = 4, ["hidden_size"] = 8, ["intermediate_size"] = 16, ["num_hidden_layers"] = 2, ["num_attention_heads"] = 2,
    };
}
