using Levare.Adapters;
using Levare.Pipelines;
using Levare.Verification;
using Levare.Weights;
using Xunit;

namespace Levare.Tests.Pipelines;

public sealed class AdaptedModelTests : IDisposable
{
    private static readonly ImageRequest Request = new("a lighthouse") { Seed = 3, Steps = 2, Size = new(64, 64) };
    private readonly GoldenCase _case = Golden.Open("sd/sd15_lora");
    private readonly ImageModel _model;

    public AdaptedModelTests() => _model = ImageModel.Load(Path.Combine(_case.Folder, "..", "sd15_model"));

    public void Dispose()
    {
        _model.Dispose();
        _case.Dispose();
    }

    [Fact]
    public void Adapters_change_pictures_and_are_gone_when_the_adapted_model_is()
    {
        byte[] before = Bytes(_model);
        byte[] with;
        using (ImageModel adapted = Adapted(1)) with = Bytes(adapted);
        Assert.NotEqual(before, with);
        Assert.Equal(before, Bytes(_model));
        using ImageModel again = Adapted(1);
        Assert.Equal(with, Bytes(again));
    }

    [Fact]
    public void What_an_adapted_model_shares_lives_as_long_as_it_does()
    {
        using ImageModel origin = ImageModel.Load(_model.Folder);
        ImageModel once = With(origin, 0.5);
        ImageModel twice = With(once, 0.5);
        byte[] before = Bytes(twice);
        once.Dispose();
        origin.Dispose();
        Assert.Equal(before, Bytes(twice));
        twice.Dispose();
        Assert.Throws<ObjectDisposedException>(() => With(origin, 1));
    }

    [Fact]
    public void Adapters_on_adapters_add_up()
    {
        using ImageModel half = Adapted(0.5), twice = With(half, 0.5), whole = Adapted(1);
        byte[] expected = Bytes(whole), actual = Bytes(twice);
        Assert.All(expected.Zip(actual), pair => Assert.InRange(pair.Second - pair.First, -1, 1));
    }

    [Fact]
    public void A_negative_weight_takes_back_what_a_positive_one_brought()
    {
        using ImageModel there = Adapted(0.8), back = With(there, -0.8);
        Assert.All(Bytes(_model).Zip(Bytes(back)), pair => Assert.InRange(pair.Second - pair.First, -1, 1));
    }

    [Fact]
    public void Text_encoders_have_a_weight_of_their_own()
    {
        using AdapterFile file = Open();
        using ImageModel both = _model.With(new WeightedAdapter(file)), imageOnly = _model.With(new WeightedAdapter(file) { TextWeight = 0 }), none = _model.With(new WeightedAdapter(file, 0));
        Assert.NotEqual(Bytes(both), Bytes(imageOnly));
        Assert.NotEqual(Bytes(_model), Bytes(imageOnly));
        Assert.Equal(Bytes(_model), Bytes(none));
    }

    [Fact]
    public void Models_with_and_without_adapters_run_at_once_as_they_run_alone()
    {
        using ImageModel adapted = Adapted(1);
        byte[] with = Bytes(adapted), without = Bytes(_model);
        byte[][] results = [.. Enumerable.Range(0, 8).AsParallel().AsOrdered().WithDegreeOfParallelism(8).Select(i =>
        {
            if (i % 4 > 1) return Bytes(i % 2 == 0 ? adapted : _model);
            using ImageModel another = Adapted(i % 2 == 0 ? 1 : 0);
            return Bytes(another);
        })];
        for (int i = 0; i < results.Length; i++) Assert.Equal(i % 2 == 0 ? with : without, results[i]);
    }

    [Fact]
    public void A_picture_says_which_adapters_made_it()
    {
        using AdapterFile file = Open();
        using ImageModel adapted = _model.With(new WeightedAdapter(file, 0.7) { TextWeight = 0.2 });
        ImageRecipe recipe = adapted.Generate(Request).Recipe;
        AdapterRecipe adapter = Assert.Single(ImageRecipe.Parse(recipe.ToJson()).Adapters!.Value);
        Assert.Equal(new AdapterRecipe(file.Path, file.Hash, 0.7, 0.2), adapter);
        Assert.Contains("a lighthouse <lora:lora_kohya:0.2:0.7>", recipe.ToParameters(), StringComparison.Ordinal);
        Assert.Contains($"Lora hashes: \"lora_kohya: {file.Hash[..12]}\"", recipe.ToParameters(), StringComparison.Ordinal);
        Assert.Null(_model.Generate(Request).Recipe.Adapters);
    }

    [Fact]
    public void An_adapter_of_another_model_is_an_error_unless_what_does_not_match_is_allowed()
    {
        using AdapterFile file = AdapterFile.Open(Path.Combine(_case.Folder, "..", "sdxl_lora_kohya", "lora_kohya_sdxl.safetensors"));
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => _model.With(new WeightedAdapter(file)));
        Assert.Contains("made for Stable Diffusion XL", error.Message, StringComparison.Ordinal);
        Assert.Contains("lora_te2_text_model_encoder_layers_0_mlp_fc1", error.Message, StringComparison.Ordinal);
        using ImageModel adapted = _model.With(new WeightedAdapter(file) { Strictness = Strictness.ReportOnly });
        Assert.NotEqual(Bytes(_model), Bytes(adapted));
    }

    [Fact]
    public void Half_precision_models_take_adapters_too()
    {
        using ImageModel half = ImageModel.Load(_model.Folder, new() { Dtype = "bf16" }), adapted = With(half, 1), undone = With(adapted, 0);
        byte[] before = Bytes(half);
        Assert.NotEqual(before, Bytes(adapted));
        Assert.Equal(Bytes(adapted), Bytes(undone));
        Assert.Equal(before, Bytes(half));
    }

    [Fact]
    public void A_model_without_such_networks_takes_none()
    {
        using TinyModel tiny = new();
        using ImageModel model = ImageModel.Load(tiny.Folder);
        Assert.Throws<NotSupportedException>(() => With(model, 1));
    }

    private AdapterFile Open() => AdapterFile.Open(Path.Combine(_case.Folder, "lora_kohya.safetensors"));

    private ImageModel Adapted(double weight) => With(_model, weight);

    // The file is closed before the model runs.
    private ImageModel With(ImageModel model, double weight)
    {
        using AdapterFile file = Open();
        return model.With(new WeightedAdapter(file, weight));
    }

    private static byte[] Bytes(ImageModel model) => model.Generate(Request).Image.Bytes;
}
