using System.Collections.Immutable;
using Levare.Denoisers;
using Levare.Networks;
using Levare.Networks.UNet;
using Levare.Pipelines.Prompts;
using Levare.Pipelines.Spaces;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines.Formats;

/// <summary>Pixel models of a <see cref="UNet2D"/> and a scheduler, with classes or without.</summary>
internal sealed class UNet2DFormat : IImageModelFormat
{
    public ImmutableArray<string> ClassNames { get; } = [.. PixelConventions.ClassNames];

    public ImageModelParts Open(ModelFiles model, ModelLoading loading)
    {
        UNet2D network = UNet2D.Load(model.Component("unet"), loading.Variant);
        return Parts(model, loading, network, network.Config, PixelConventions.Of(model.ClassName));
    }

    /// <summary>The parts of a model whose network is there.</summary>
    /// <param name="model">The model.</param>
    /// <param name="loading">How they are to be loaded.</param>
    /// <param name="network">Takes what a <see cref="UNet2D"/> takes; the parts own it.</param>
    /// <param name="config">The network's settings.</param>
    /// <param name="conventions">Those of the model's class, or of another that is to run it.</param>
    public static ImageModelParts Parts(ModelFiles model, ModelLoading loading, DenoisingNetwork network, UNet2DConfig config, PixelConventions conventions)
    {
        DenoisingNetwork adapted = conventions.Adapt(network);
        ImageDefaults defaults = ImageDefaults.Read(model.Path, new());
        Device device = loading.Device;
        ScalarType compute = loading.Type ?? defaults.TypeOn(device);
        adapted.to(device);
        (int height, int width) = config.SampleSize
            ?? throw new InvalidDataException($"{model.Component("unet").ConfigPath} names no sample_size.");
        return new()
        {
            Network = compute == ScalarType.Float32 ? adapted : new ReducedPrecisionNetwork(adapted, compute),
            Type = compute,
            Scheduler = ModelScheduler.Read(model, conventions.ReadScheduler),
            Space = new PixelSpace(config.InChannels, conventions.Range),
            Conditioner = new PromptByPrompt(ClassConditioner.Of(model, config, device)),
            Defaults = defaults,
            InputChannels = config.InChannels,
            Size = new(width, height),
            SideMultiple = config.SideMultiple,
        };
    }
}
