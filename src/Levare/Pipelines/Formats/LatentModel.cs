using Levare.Compatibility;
using Levare.Conditioning.Prompts;
using Levare.Networks;
using Levare.Networks.Autoencoders;
using Levare.Networks.Clip;
using Levare.Networks.UNet;
using Levare.Pipelines.Budgets;
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
    /// <summary>The autoencoder as it is to be used.</summary>
    public required ILatentCodec Codec { get; init; }

    /// <summary>How it keeps within an amount of memory; null where it may take any.</summary>
    public ModelMemory? Memory { get; init; }

    /// <summary>Loads a text encoder once more, by its part's name.</summary>
    private Func<string, ClipTextModel>? LoadTextEncoder { get; init; }

    private const int UsualSide = 64;

    /// <summary>Loads the parts "unet" and "vae".</summary>
    /// <exception cref="IOException">A part is missing.</exception>
    /// <exception cref="InvalidDataException">A part is not sound.</exception>
    public static LatentModel Load(ModelFiles model, ModelLoading loading, ImageDefaults defaults)
    {
        ScalarType type = loading.Type ?? defaults.TypeOn(loading.Device);
        if (MemoryBudget.Of(model, loading, type) is not { } budget)
        {
            Autoencoder plain = LoadAutoencoder();
            return new(LoadUNet(), plain, type) { Codec = plain };
        }
        ResidentParts parts = new();
        (UNet2DCondition unet, ResidentWeights unetWeights) = Load(budget, parts, LoadUNet);
        (Autoencoder autoencoder, ResidentWeights autoencoderWeights) = Load(budget, parts, LoadAutoencoder);
        return new(unet, autoencoder, type)
        {
            Memory = new(budget, parts, autoencoder) { Network = [unetWeights] },
            Codec = new BudgetedCodec(autoencoder, autoencoderWeights, parts, budget),
            LoadTextEncoder = part => Load(type, loading.Device, () => ClipTextModel.Load(model.Component(part), loading.Variant)),
        };

        UNet2DCondition LoadUNet() => Load(type, loading.Device, () => UNet2DCondition.Load(model.Component("unet"), loading.Variant));

        Autoencoder LoadAutoencoder()
        {
            Autoencoder network = Load(type, loading.Device, () => Autoencoder.Load(model.Component("vae"), loading.Variant));
            if (type == ScalarType.Float16 && network.NeedsFloat32) network.to(ScalarType.Float32);
            return network;
        }
    }

    // What does not stay goes before the next part is loaded.
    private static (T Network, ResidentWeights Weights) Load<T>(MemoryBudget budget, ResidentParts parts, Func<T> load) where T : nn.Module
    {
        T network = load();
        return (network, Added(budget, parts, network, load));
    }

    private static ResidentWeights Added(MemoryBudget budget, ResidentParts parts, nn.Module network, Func<nn.Module> load)
    {
        ResidentWeights weights = parts.Add(network, load);
        if (budget.Loading == Company.Leaves) weights.Leave();
        return weights;
    }

    /// <summary>Loads a network in a type, on a device: on the CPU its weights are the file's own memory where the file has that type.</summary>
    public static T Load<T>(ScalarType type, Device device, Func<T> load) where T : nn.Module
    {
        using IDisposable bare = NetworkConstruction.WithoutWeights(), typed = NetworkConstruction.WithWeightsIn(type);
        T network = load();
        network.to(device);
        return network;
    }

    /// <summary>Loads the tokenisers and text encoders.</summary>
    /// <inheritdoc cref="Load(ModelFiles, ModelLoading, ImageDefaults)"/>
    public PromptEncoder LoadPromptEncoder(ModelFiles model, ModelLoading loading)
    {
        using IDisposable bare = NetworkConstruction.WithoutWeights(), typed = NetworkConstruction.WithWeightsIn(Type);
        PromptEncoder encoder = PromptEncoder.Load(model, loading.Variant);
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
            Space = new LatentSpace(Codec),
            InputChannels = UNet.Config.InChannels,
            Size = new(Math.Max(width, leastSide) * factor, Math.Max(height, leastSide) * factor),
            SideMultiple = factor,
            LeastGuidance = 1,
            Memory = WithEncoders(conditioner),
            GuidanceWaves = UNet.Config.TimeConditionDim,
        };
    }

    private ModelMemory? WithEncoders(IBatchConditioner conditioner) => Memory is null || conditioner.Encoder is not { } encoder ? Memory : Memory with
    {
        Encoders = [.. encoder.Encoders.Select(one => Added(Memory.Budget, Memory.Parts, one.Model, () => LoadTextEncoder!(one.Part)))],
    };
}
