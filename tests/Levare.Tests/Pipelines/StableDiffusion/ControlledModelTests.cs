using Levare.Data;
using Levare.Networks.Control;
using Levare.Networks.UNet;
using Levare.Pipelines;
using Levare.Pipelines.Controls;
using Levare.Verification;
using Levare.Weights;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines.StableDiffusion;

public sealed class ControlledModelTests : IDisposable
{
    private static readonly RawImage Picture = TinyLatentModel.Picture(80, 48), Mask = TinyLatentModel.RightHalf(40, 40);
    private readonly GoldenCase _golden = Golden.Open("sd/sd15_controlnet");
    private readonly ImageModel _model;
    private readonly ImageRequest _request = new("a cat") { Seed = 3, Steps = 2, Size = new(64, 64) };

    public ControlledModelTests() => _model = ImageModel.Load(Path.Combine(_golden.Folder, _golden.Json.GetProperty("model").GetString()!));

    public void Dispose()
    {
        _model.Dispose();
        _golden.Dispose();
    }

    [Fact]
    public void A_ControlNet_steers_a_model_and_is_named_in_the_recipe()
    {
        using ControlModel net = ControlModel.Load(Path.Combine(_golden.Folder, "controlnet"), _model);
        ImageResult plain = _model.Generate(_request), steered = _model.Generate(_request with { Controls = [net.Show(Picture, 0.8)], Attention = new PerturbedAttention() });
        Assert.NotEqual(plain.Image.Bytes, steered.Image.Bytes);
        Assert.Null(plain.Recipe.Controls);
        ImageRecipe recipe = ImageRecipe.Parse(steered.Recipe.ToJson());
        ControlRecipe control = Assert.Single(recipe.Controls!.Value);
        Assert.Equal((net.Source, nameof(ControlNetImage), 0.8), (control.Model, control.Use.Name, control.Use.Settings["scale"]));
        Assert.Equal((ModelFingerprint.Of(net.Source), null), (control.Fingerprint, control.EncoderFingerprint));
        Assert.Equal(64, Assert.Single(control.Use.Inputs).Length);
        Assert.Equal(new PerturbedAttention(), recipe.ToRequest().Attention);
    }

    [Fact]
    public void An_IP_adapter_shows_several_pictures_and_none_at_scale_zero()
    {
        using ControlModel adapter = ControlModel.Load(Path.Combine(_golden.Folder, "../sd15_ip_adapter/ip-adapter_sd15.safetensors"), _model,
            new() { FeatureExtractor = Path.Combine(_golden.Folder, "../sd15_ip_adapter/feature_extractor") });
        PictureAdapterModel shown = Assert.IsType<PictureAdapterModel>(adapter);
        byte[] none = Bytes(null), unseen = Bytes(new PicturePrompt(shown, Picture) { Scale = 0 });
        byte[] one = Bytes(new PicturePrompt(shown, Picture)), two = Bytes(new PicturePrompt(shown, [Picture, Mask]));
        Assert.True(none.Zip(unseen).All(pair => Math.Abs(pair.First - pair.Second) <= 1));
        Assert.NotEqual(none, one);
        Assert.NotEqual(one, two);
        Assert.Throws<RequestException>(() => Bytes(new PicturePrompt(shown, [])));
    }

    [Fact]
    public void Pictures_of_one_batch_are_steered_alike()
    {
        using ControlModel net = ControlModel.Load(Path.Combine(_golden.Folder, "controlnet"), _model);
        ImageRequest request = _request with { Controls = [net.Show(Picture)], Attention = new SelfAttention() };
        byte[][] batch = [.. _model.GenerateBatch([.. request.Repeat(2)]).Select(result => result.Image.Bytes)];
        byte[][] alone = [.. request.Repeat(2).Select(one => _model.Generate(one).Image.Bytes)];
        for (int i = 0; i < 2; i++) Assert.True(batch[i].Zip(alone[i]).All(pair => Math.Abs(pair.First - pair.Second) <= 1));
        Assert.NotEqual(alone[0], alone[1]);
    }

    [Fact]
    public void A_ControlNet_of_SDXL_is_told_sizes_too_and_fits_no_other_model()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(_golden.Folder, "../sdxl_model");
        ModelComponent unet = ModelComponent.Open(Path.Combine(path, "unet"));
        using (ControlNet fresh = new(new() { Encoder = UNet2DConditionConfigJson.Read(unet.Config, unet.ConfigPath), EmbeddingChannels = [4, 4, 8, 8] }))
        {
            using (no_grad())
                foreach (Parameter weight in fresh.parameters()) weight.add_(0.02);
            fresh.Save(folder.File("control"));
        }
        using ImageModel model = ImageModel.Load(path);
        using ControlModel net = ControlModel.Load(folder.File("control"), model);
        byte[] plain = model.Generate(_request).Image.Bytes, steered = model.Generate(_request with { Controls = [net.Show(Picture)] }).Image.Bytes;
        Assert.NotEqual(plain, steered);
        Assert.Contains("another base", Assert.Throws<InvalidDataException>(() => _model.Generate(_request with { Controls = [net.Show(Picture)] })).Message, StringComparison.Ordinal);
    }

    private byte[] Bytes(ImageControl? control) => _model.Generate(control is null ? _request : _request with { Controls = [control] }).Image.Bytes;
}
