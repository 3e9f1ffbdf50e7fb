using Levare.Data;
using Levare.Networks.Control;
using Levare.Networks.UNet;
using Levare.Pipelines.Formats;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Pipelines.Controls;

/// <summary>A ControlNet (Zhang et al. 2023), loaded: it makes a model's pictures follow the lines, depths or poses of another.</summary>
public sealed class ControlNetModel : ControlModel
{
    private ControlNetModel(string source, string path, ControlNet network) : base(source, path) => Network = network;

    /// <summary>The network.</summary>
    public ControlNet Network { get; }

    /// <inheritdoc/>
    public override ImageControl Show(RawImage picture, double scale = 1) => new ControlNetImage(this, picture) { Scale = scale };

    /// <inheritdoc/>
    public override void Dispose() => Network.Dispose();

    internal static ControlNetModel Load(string source, string path, ModelComponent component, ImageModelParts parts, Device device, string? variant)
    {
        ControlNetModel model = new(source, path, Load(parts.Type, device, () => ControlNet.Load(component, variant)));
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
        UNet2DConditionConfig own = Network.Config.Encoder, base_ = RunSteering.Require(parts.Network).Config;
        Require("in_channels", own.InChannels, parts.Space.Channels);
        Require("block_out_channels", Text(own.BlockOutChannels), Text(base_.BlockOutChannels));
        Require("layers_per_block", Text(own.LayersPerBlock), Text(base_.LayersPerBlock));
        Require("cross_attention_dim", Text(own.CrossAttentionDim), Text(base_.CrossAttentionDim));
        if (own.AdditionEmbedding is not null) Require("addition_embed_type", own.AdditionEmbedding, base_.AdditionEmbedding);
        Require("pixels for each of the latents", Network.Config.PixelsPerLatent, parts.Space.Factor);
    }

    private void Require<T>(string what, T own, T expected)
    {
        if (!Equals(own, expected))
            throw new InvalidDataException($"The ControlNet {Source} was made for another base: its {what} is {own}, where this model has {expected?.ToString() ?? "none"}.");
    }

    private static string Text(IEnumerable<int> numbers) => $"[{string.Join(", ", numbers)}]";
}
