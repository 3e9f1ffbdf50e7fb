using System.Collections.Immutable;
using System.Text.Json;
using Levare.Compatibility;
using Levare.Networks.UNet;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines.Formats;

/// <summary>Pixel models of a <see cref="UNet2D"/> and a scheduler, with classes or without.</summary>
internal sealed class UNet2DFormat : IImageModelFormat
{
    public ImmutableArray<string> ClassNames { get; } =
        ["DDPMPipeline", "DDIMPipeline", "PNDMPipeline", "KarrasVePipeline", "ScoreSdeVePipeline", "ConsistencyModelPipeline"];

    public ImageModelParts Open(ModelIndex index, Device device, ScalarType? type)
    {
        UNet2D network = UNet2D.Load(ModelComponent.Open(index.PartFolder("unet")));
        UNet2DConfig config = network.Config;
        ScalarType compute = type ?? ScalarType.Float32;
        network.to(device);
        (int height, int width) = config.SampleSize
            ?? throw new InvalidDataException($"{Path.Combine(index.PartFolder("unet"), "config.json")} names no sample_size.");
        return new()
        {
            Network = compute == ScalarType.Float32 ? network : new ReducedPrecisionNetwork(network, compute),
            Type = compute,
            Scheduler = ReadScheduler(index),
            Conditioner = ClassConditioner.Of(index, config, device),
            Defaults = ImageDefaults.Read(index.Folder, new()),
            Channels = config.InChannels,
            Size = new(width, height),
            SideMultiple = 1 << (config.BlockOutChannels.Length - 1),
        };
    }

    internal static SchedulerConfig ReadScheduler(ModelIndex index)
    {
        string path = Path.Combine(index.PartFolder("scheduler"), "scheduler_config.json");
        using JsonDocument document = PythonJson.Parse(File.ReadAllBytes(path));
        try
        {
            return DiffusersScheduler.ReadConfig(document.RootElement);
        }
        catch (Exception e) when (e is FormatException or NotSupportedException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }
}
