using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.Autoencoders;

/// <summary>A tiny autoencoder, distilled from a large one whose latents it shares (TAESD, TAEF1 and their kin): a hundred times cheaper, and a little blurred.</summary>
/// <remarks>Keys: <c>encoder.layers.N, decoder.layers.N</c>. Its latents have no variance.</remarks>
public sealed class AutoencoderTiny : Autoencoder
{
    private readonly TinyEncoder encoder;
    private readonly TinyDecoder decoder;

    /// <summary>An autoencoder with fresh weights on the CPU, float32, in training mode.</summary>
    /// <exception cref="InvalidDataException">The settings do not fit together.</exception>
    public AutoencoderTiny(AutoencoderTinyConfig config) : base(nameof(AutoencoderTiny))
    {
        config.Validate();
        Config = config;
        encoder = new(config);
        decoder = new(config);
        RegisterComponents();
    }

    /// <summary>The settings.</summary>
    public AutoencoderTinyConfig Config { get; }

    /// <inheritdoc/>
    public override int Factor => Config.Factor;

    /// <inheritdoc/>
    public override int LatentChannels => Config.LatentChannels;

    /// <inheritdoc/>
    public override LatentScale Scale => Config.Scale;

    /// <inheritdoc/>
    public override bool NeedsFloat32 => Config.ForceUpcast;

    /// <inheritdoc/>
    protected override int PixelChannels => Config.InChannels;

    /// <summary>Loads an autoencoder from a folder with config.json and weights: float32, on the CPU, ready for inference.</summary>
    /// <inheritdoc cref="Autoencoder.Load"/>
    public static new AutoencoderTiny Load(ModelComponent component, string? variant = null, Strictness strictness = Strictness.Strict)
    {
        AutoencoderTinyConfig config = AutoencoderTinyConfigJson.Read(component.Config, component.ConfigPath, strictness);
        using IWeights weights = component.OpenWeights(variant);
        AutoencoderTiny network = CheckpointMap.Identity.Make(() => new AutoencoderTiny(config), weights, strictness);
        network.eval();
        return network;
    }

    /// <summary>Loads the two files that tiny autoencoders were first published in, taesd_encoder.pth and taesd_decoder.pth say; the settings follow from their keys and shapes.</summary>
    /// <param name="encoderPath">The encoder's file: safetensors, or torch's own.</param>
    /// <param name="decoderPath">The decoder's file.</param>
    /// <exception cref="InvalidDataException">They do not hold such a pair; the message says what does not fit.</exception>
    public static AutoencoderTiny LoadOriginal(string encoderPath, string decoderPath)
    {
        using IWeights encoderWeights = WeightsFile.Open(encoderPath), decoderWeights = WeightsFile.Open(decoderPath);
        OriginalTinyLayout layout = OriginalTinyLayout.Of(encoderWeights, decoderWeights);
        AutoencoderTiny network;
        using (NetworkConstruction.WithoutWeights()) network = new(layout.Config);
        try
        {
            layout.Encoder.Load(network.encoder.Layers, encoderWeights);
            layout.Decoder.Load(network.decoder.Layers, decoderWeights);
            network.eval();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Save(string folder) => ModelComponent.Write(folder, AutoencoderTinyConfigJson.Write(Config), state_dict());

    /// <summary>Latents in 0..1, as they are stored in pictures of bytes; what lies beyond the magnitude is clamped. A new tensor.</summary>
    public Tensor ToUnit(Tensor latents)
    {
        using var scope = NewDisposeScope();
        return (latents / (2 * Config.LatentMagnitude) + Config.LatentShift).clamp(0, 1).MoveToOuterDisposeScope();
    }

    /// <summary>The inverse of <see cref="ToUnit"/>; a new tensor.</summary>
    public Tensor FromUnit(Tensor stored)
    {
        using var scope = NewDisposeScope();
        return ((stored - Config.LatentShift) * (2 * Config.LatentMagnitude)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override LatentPosterior EncodePixels(Tensor pixels) => new(encoder.call((pixels + 1) / 2), null);

    /// <inheritdoc/>
    protected override Tensor DecodeLatents(Tensor latents) => decoder.call(latents) * 2 - 1;
}
