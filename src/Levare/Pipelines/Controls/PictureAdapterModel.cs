using Levare.Conditioning.Clip;
using Levare.Data;
using Levare.Networks.Clip;
using Levare.Networks.Control;
using Levare.Networks.UNet;
using Levare.Pipelines.Formats;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Pipelines.Controls;

/// <summary>An IP-Adapter (Ye et al. 2023) with the picture encoder that it listens to, loaded: it shows pictures to a model beside words.</summary>
public sealed class PictureAdapterModel : ControlModel
{
    private const string EncoderName = "image_encoder";
    private readonly ClipVisionModel _encoder;
    private readonly ClipImageProcessor _processor;
    private readonly string? _encoderGiven;
    private readonly Lazy<string> _encoderFingerprint;

    private PictureAdapterModel(string path, IpAdapter adapter, ClipVisionModel encoder, ClipImageProcessor processor, string encoderFolder, ControlModelOptions options)
        : base(options.Source ?? path, path)
    {
        _encoderGiven = options.ImageEncoder;
        _encoderFingerprint = new(() => ModelFingerprint.Of(encoderFolder));
        Adapter = adapter;
        _encoder = encoder;
        _processor = processor;
    }

    /// <summary>The adapter.</summary>
    public IpAdapter Adapter { get; }

    /// <inheritdoc/>
    public override ImageControl Show(RawImage picture, double scale = 1) => new PicturePrompt(this, picture) { Scale = scale };

    /// <inheritdoc/>
    public override void Dispose()
    {
        Adapter.Dispose();
        _encoder.Dispose();
    }

    internal override ControlRecipe ToRecipe(TaskRecipe use) => base.ToRecipe(use) with { Encoder = _encoderGiven, EncoderFingerprint = _encoderFingerprint.Value };

    internal static PictureAdapterModel Load(string path, UNet2DCondition unet, ScalarType type, Device device, ControlModelOptions options)
    {
        ModelComponent component = ModelComponent.Open(options.ImageEncoder ?? EncoderBeside(path));
        IpAdapter adapter = Load(type, device, () => IpAdapter.Load(path, unet));
        ClipVisionModel? encoder = null;
        try
        {
            encoder = Load(type, device, () => ClipVisionModel.Load(component, options.Variant));
            PictureAdapterModel model = new(path, adapter, encoder, Processor(options, encoder.Config), component.Folder!, options);
            model.RequireEncoder(component);
            return model;
        }
        catch
        {
            encoder?.Dispose();
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>What the encoder says of pictures, and of none, as the adapter takes it: [1, pictures, ...] each. The caller's.</summary>
    internal (Tensor Pictures, Tensor Nothing) Embed(IReadOnlyList<RawImage> pictures)
    {
        using var scope = NewDisposeScope();
        Tensor weight = _encoder.parameters().First();
        Tensor pixels = cat([.. pictures.Select(_processor.Process)], 0).to(weight.dtype, weight.device);
        Tensor shown = Embed(pixels), nothing = Adapter.SeesTokens ? Embed(zeros_like(pixels)) : zeros_like(shown);
        return (shown.MoveToOuterDisposeScope(), nothing.MoveToOuterDisposeScope());
    }

    // Adapters of the whole picture take the projected vector, others the tokens of the last layer but one.
    private Tensor Embed(Tensor pixels)
    {
        ClipVisionOutput output = _encoder.call(pixels);
        return (Adapter.SeesTokens ? output.HiddenStates[^2] : output.Projected!).to(ScalarType.Float32).unsqueeze(0);
    }

    private void RequireEncoder(ModelComponent component)
    {
        if (!Adapter.SeesTokens && !_encoder.HasProjection)
            throw new InvalidDataException($"{component.ConfigPath}: the picture encoder has no projection (visual_projection), which the adapter {Source} takes.");
        (int has, int needs) = (Adapter.SeesTokens ? _encoder.Config.Encoder.Width : _encoder.Config.ProjectionWidth, Adapter.EmbeddingChannels);
        if (has != needs)
            throw new InvalidDataException($"{component.ConfigPath}: the picture encoder gives {has} channels, where the adapter {Source} takes {needs}: it belongs to another encoder.");
    }

    // As the repositories of adapters have them: models/image_encoder serves models/ip-adapter_*.safetensors, sdxl_models/image_encoder those of SDXL.
    private static string EncoderBeside(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string[] candidates = [Path.Combine(folder, EncoderName), Path.Combine(Path.GetDirectoryName(folder) ?? folder, EncoderName)];
        return candidates.FirstOrDefault(Directory.Exists)
            ?? throw new FileNotFoundException($"The IP-Adapter {path} listens to a picture encoder, and there is no {string.Join(" or ", candidates)}: name its folder.", path);
    }

    private static ClipImageProcessor Processor(ControlModelOptions options, ClipVisionConfig config) => options.FeatureExtractor is { } folder
        ? ClipImageProcessor.Load(ModelComponent.Open(folder))
        : new() { Resize = new ClipResize.ShortestEdge(config.ImageSize), Crop = (config.ImageSize, config.ImageSize) };
}
