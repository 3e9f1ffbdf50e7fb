using Levare.Data;
using Levare.Networks.Control;
using Levare.Networks.UNet;
using Levare.Pipelines.Formats;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Pipelines.Controls;

/// <summary>A T2I-Adapter (Mou et al. 2023), loaded: a small network that makes a model's pictures follow another, asked once for each run.</summary>
public sealed class T2IAdapterModel : ControlModel
{
    private T2IAdapterModel(string source, string folder, T2IAdapter network) : base(source, folder) => Network = network;

    /// <summary>The network.</summary>
    public T2IAdapter Network { get; }

    /// <inheritdoc/>
    public override ImageControl Show(RawImage picture, double scale = 1) => new AdapterImage(this, picture) { Scale = scale };

    /// <inheritdoc/>
    public override void Dispose() => Network.Dispose();

    internal static T2IAdapterModel Load(string source, ModelComponent component, ImageModelParts parts, Device device, string? variant)
    {
        T2IAdapterModel model = new(source, component.Folder!, Load(parts.Type, device, () => T2IAdapter.Load(component, variant)));
        try
        {
            model.RequireFit(parts);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a model that the network was not made for.</summary>
    /// <exception cref="InvalidDataException">It was not; the message says what does not fit.</exception>
    internal void RequireFit(ImageModelParts parts)
    {
        UNet2DConditionConfig unet = RunSteering.Require(parts.Network).Config;
        // Adapters for SDXL have features of the bottom too.
        IEnumerable<int> expected = [.. unet.BlockOutChannels, unet.BlockOutChannels[^1]];
        if (!Network.Config.Channels.SequenceEqual(expected.Take(Network.Config.Channels.Length)))
            throw new InvalidDataException($"The T2I-Adapter {Source} was made for another base: its channels are [{string.Join(", ", Network.Config.Channels)}], where this model's U-Net has [{string.Join(", ", unet.BlockOutChannels)}].");
    }
}
