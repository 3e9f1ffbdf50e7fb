using System.Collections.Immutable;
using Levare.Networks;
using Levare.Networks.UNet;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines.Formats;

/// <summary>Pixel models of a <see cref="UNet2D"/> and a scheduler, with classes or without.</summary>
internal sealed class UNet2DFormat : IImageModelFormat
{
    public ImmutableArray<string> ClassNames { get; } = [.. PixelConventions.ClassNames];

    public ImageModelParts Open(ModelIndex index, Device device, ScalarType? type)
    {
        UNet2D network = UNet2D.Load(ModelComponent.Open(index.PartFolder("unet")));
        UNet2DConfig config = network.Config;
        PixelConventions conventions = PixelConventions.Of(index.ClassName);
        DenoisingNetwork adapted = conventions.Adapt(network);
        ImageDefaults defaults = ImageDefaults.Read(index.Folder, new());
        ScalarType compute = type ?? defaults.TypeOn(device);
        adapted.to(device);
        (int height, int width) = config.SampleSize
            ?? throw new InvalidDataException($"{Path.Combine(index.PartFolder("unet"), "config.json")} names no sample_size.");
        return new()
        {
            Network = compute == ScalarType.Float32 ? adapted : new ReducedPrecisionNetwork(adapted, compute),
            Type = compute,
            Scheduler = ModelScheduler.Read(index, conventions.ReadScheduler),
            Range = conventions.Range,
            Conditioner = ClassConditioner.Of(index, config, device),
            Defaults = defaults,
            Channels = config.InChannels,
            Size = new(width, height),
            SideMultiple = config.SideMultiple,
        };
    }
}
