using Levare.Denoisers;
using System.Collections.Immutable;
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

    public ImageModelParts Open(ModelFolder model, Device device, ScalarType? type)
    {
        UNet2D network = UNet2D.Load(ModelComponent.Open(model.PartFolder("unet")));
        UNet2DConfig config = network.Config;
        PixelConventions conventions = PixelConventions.Of(model.ClassName);
        DenoisingNetwork adapted = conventions.Adapt(network);
        ImageDefaults defaults = ImageDefaults.Read(model.Folder, new());
        ScalarType compute = type ?? defaults.TypeOn(device);
        adapted.to(device);
        (int height, int width) = config.SampleSize
            ?? throw new InvalidDataException($"{Path.Combine(model.PartFolder("unet"), "config.json")} names no sample_size.");
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
