using Levare.Compatibility;
using Levare.Conditioning.Prompts;
using Levare.Networks;
using Levare.Networks.Autoencoders;
using Levare.Networks.UNet;
using Levare.Pipelines.Prompts;
using Levare.Pipelines.Spaces;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines.Formats;

/// <summary>What all models of a conditional U-Net on an autoencoder's latents have in common: how their networks are loaded.</summary>
/// <param name="UNet">The network, on its device and in its type.</param>
/// <param name="Autoencoder">The autoencoder, in float32 where half precision would overflow in it.</param>
/// <param name="Type">The number format of the networks.</param>
internal sealed record LatentModel(UNet2DCondition UNet, Autoencoder Autoencoder, ScalarType Type)
{
    private const int UsualSide = 64;

    /// <summary>Loads the parts "unet" and "vae".</summary>
    /// <exception cref="IOException">A part is missing.</exception>
    /// <exception cref="InvalidDataException">A part is not sound.</exception>
    public static LatentModel Load(ModelFiles model, ModelLoading loading, ImageDefaults defaults)
    {
        ScalarType type = loading.Type ?? defaults.TypeOn(loading.Device);
        UNet2DCondition unet = Load(type, () => UNet2DCondition.Load(model.Component("unet"), loading.Variant));
        Autoencoder autoencoder = Load(type, () => Autoencoder.Load(model.Component("vae"), loading.Variant));
        if (type == ScalarType.Float16 && autoencoder.NeedsFloat32) autoencoder.to(ScalarType.Float32);
        unet.to(loading.Device);
        autoencoder.to(loading.Device);
        return new(unet, autoencoder, type);
    }

    /// <summary>Loads networks in a type: their weights are the file's own memory where the file has that type.</summary>
    public static T Load<T>(ScalarType type, Func<T> load)
    {
        using IDisposable bare = NetworkConstruction.WithoutWeights(), typed = NetworkConstruction.WithWeightsIn(type);
        return load();
    }

    /// <summary>Loads the tokenisers and text encoders.</summary>
    /// <inheritdoc cref="Load(ModelFiles, ModelLoading, ImageDefaults)"/>
    public PromptEncoder LoadPromptEncoder(ModelFiles model, ModelLoading loading)
    {
        PromptEncoder encoder = Load(Type, () => PromptEncoder.Load(model, loading.Variant));
        foreach (TextEncoder part in encoder.Encoders) part.Model.to(loading.Device);
        return encoder;
    }

    /// <summary>The parts of a pipeline, its network told text.</summary>
    /// <param name="scheduler">The scheduler's settings.</param>
    /// <param name="conditioner">What makes conditions of words.</param>
    /// <param name="defaults">What the model does where a request is silent.</param>
    /// <param name="leastSide">The side of the pictures of training below which the configuration is known to be wrong, in latents.</param>
    public ImageModelParts Parts(SchedulerConfig scheduler, IBatchConditioner conditioner, ImageDefaults defaults, int leastSide = 1)
    {
        (int height, int width) = UNet.Config.SampleSize ?? (UsualSide, UsualSide);
        int factor = Autoencoder.Factor;
        return new()
        {
            Network = Type == ScalarType.Float32 ? UNet : new ReducedPrecisionNetwork(UNet, Type),
            Type = Type,
            Scheduler = scheduler,
            Conditioner = conditioner,
            Defaults = defaults,
            Space = new LatentSpace(Autoencoder),
            InputChannels = UNet.Config.InChannels,
            Size = new(Math.Max(width, leastSide) * factor, Math.Max(height, leastSide) * factor),
            SideMultiple = factor,
            LeastGuidance = 1,
            GuidanceWaves = UNet.Config.TimeConditionDim,
        };
    }
}
