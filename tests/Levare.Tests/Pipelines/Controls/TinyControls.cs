using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Levare.Networks.Control;
using Levare.Networks.UNet;
using Levare.Pipelines;
using Levare.Pipelines.Controls;
using Levare.Pipelines.Formats;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines.Controls;

/// <summary>Networks of random weights that steer a <see cref="TinyLatentModel"/>, loaded from folders.</summary>
internal sealed class TinyControls : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<ControlModel> _loaded = [];

    /// <summary>A ControlNet.</summary>
    /// <param name="model">The model that it is to steer.</param>
    /// <param name="change">Makes it one for another model.</param>
    public ControlNetModel ControlNet(TinyLatentModel model, Func<UNet2DConditionConfig, UNet2DConditionConfig>? change = null)
    {
        UNet2DConditionConfig unet = INetworkWrapper.UNetOf(model.Parts.Network)!.Config;
        using ControlNet network = new(new() { Encoder = (change ?? (same => same))(unet), EmbeddingChannels = [4, 8] });
        return Load<ControlNetModel>(network, network.Save, model.Parts);
    }

    /// <summary>A T2I-Adapter.</summary>
    /// <param name="model">The model that it is to steer.</param>
    /// <param name="channels">Of its features.</param>
    public T2IAdapterModel Adapter(TinyLatentModel model, params ImmutableArray<int> channels)
    {
        T2IAdapterConfig config = new() { Channels = channels is { IsDefaultOrEmpty: false } ? channels : [8, 16], ResidualBlocks = 1, DownscaleFactor = 2 };
        using T2IAdapter network = new(config);
        JsonObject written = new()
        {
            ["_class_name"] = "T2IAdapter", ["channels"] = new JsonArray([.. config.Channels.Select(count => (JsonNode)count)]),
            ["num_res_blocks"] = config.ResidualBlocks, ["downscale_factor"] = config.DownscaleFactor,
        };
        return Load<T2IAdapterModel>(network, folder => ModelComponent.Write(folder, written, network.state_dict()), model.Parts);
    }

    public void Dispose()
    {
        foreach (ControlModel model in _loaded) model.Dispose();
        _folder.Dispose();
    }

    private T Load<T>(nn.Module network, Action<string> save, ImageModelParts parts) where T : ControlModel
    {
        using Generator random = new(11, CPU);
        using (no_grad())
            foreach (TorchSharp.Modules.Parameter weight in network.parameters())
            {
                using Tensor values = randn(weight.shape, generator: random) * 0.2;
                weight.copy_(values);
            }
        string folder = _folder.File($"control{_loaded.Count}");
        save(folder);
        T loaded = (T)ControlModel.Load(folder, parts, CPU, new());
        _loaded.Add(loaded);
        return loaded;
    }
}
