using Levare.Networks.Blocks;
using Levare.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Autoencoders;

/// <summary>The variational autoencoder of latent diffusion models (Rombach et al. 2022): a convolutional encoder and decoder with attention in the middle.</summary>
/// <remarks>Keys: <c>encoder, quant_conv, post_quant_conv, decoder</c>.</remarks>
public sealed class AutoencoderKl : Autoencoder
{
    private readonly ConvolutionalEncoder encoder;
    private readonly ConvolutionalDecoder decoder;
    private readonly Conv2d? quant_conv;
    private readonly Conv2d? post_quant_conv;

    /// <summary>An autoencoder with fresh weights on the CPU, float32, in training mode.</summary>
    /// <exception cref="InvalidDataException">The settings do not fit together.</exception>
    public AutoencoderKl(AutoencoderKlConfig config) : base(nameof(AutoencoderKl))
    {
        config.Validate();
        Config = config;
        int moments = 2 * config.LatentChannels;
        encoder = new(config, moments);
        decoder = new(config);
        if (config.UseQuantConv) quant_conv = Layers.Conv2d(moments, moments, 1);
        if (config.UsePostQuantConv) post_quant_conv = Layers.Conv2d(config.LatentChannels, config.LatentChannels, 1);
        RegisterComponents();
    }

    /// <summary>The settings.</summary>
    public AutoencoderKlConfig Config { get; }

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
    public static new AutoencoderKl Load(ModelComponent component, string? variant = null, Strictness strictness = Strictness.Strict)
    {
        AutoencoderKlConfig config = AutoencoderKlConfigJson.Read(component.Config, component.ConfigPath, strictness);
        using IWeights weights = component.OpenWeights(variant);
        AutoencoderKl network = CheckpointMap.LegacyAttention.Make(() => new AutoencoderKl(config), weights, strictness);
        network.eval();
        return network;
    }

    /// <inheritdoc/>
    public override void Save(string folder) => ModelComponent.Write(folder, AutoencoderKlConfigJson.Write(Config), state_dict());

    /// <inheritdoc/>
    protected override LatentPosterior EncodePixels(Tensor pixels)
    {
        Tensor moments = encoder.call(pixels);
        return LatentPosterior.OfJoined(quant_conv is null ? moments : quant_conv.call(moments), LatentChannels);
    }

    /// <inheritdoc/>
    protected override Tensor DecodeLatents(Tensor latents) => decoder.call(post_quant_conv is null ? latents : post_quant_conv.call(latents));
}
