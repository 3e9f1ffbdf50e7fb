using Levare.Conditioning;
using Levare.Networks.Blocks;
using Levare.Networks.UNet;
using Levare.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Control;

/// <summary>A copy of a U-Net's way down that looks at a control picture and tells the U-Net what to add (Zhang et al. 2023), with diffusers' ControlNetModel keys and settings.</summary>
/// <remarks>It runs beside a U-Net in a <see cref="ControlledNetwork"/>. Inference from several threads at once is safe.</remarks>
public sealed class ControlNet : nn.Module
{
    private readonly ConditionEncoder _encoder;
    private readonly ControlImageEmbedding controlnet_cond_embedding;
    private readonly ModuleList<Conv2d> controlnet_down_blocks;
    private readonly Conv2d controlnet_mid_block;

    /// <summary>A network with fresh weights on the CPU, float32, in training mode; the layers that lead to the U-Net give zeros.</summary>
    /// <exception cref="InvalidDataException">The settings do not fit together.</exception>
    public ControlNet(ControlNetConfig config) : base(nameof(ControlNet))
    {
        config.Validate();
        Config = config;
        _encoder = new(config.Encoder, new UNet2DConditionBlocks(config.Encoder));
        controlnet_cond_embedding = new(config);
        controlnet_down_blocks = [.. SkipChannels(config.Encoder).Select(ZeroConvolution)];
        controlnet_mid_block = ZeroConvolution(config.Encoder.BlockOutChannels[^1]);
        _encoder.RegisterIn(this);
        RegisterComponents();
    }

    /// <summary>The settings.</summary>
    public ControlNetConfig Config { get; }

    /// <summary>Loads a network from a folder with config.json and weights: float32, on the CPU, ready for inference.</summary>
    /// <param name="component">The folder.</param>
    /// <param name="variant">fp16, say; null takes the plain weights, or the only variant where there are no plain ones.</param>
    /// <param name="strictness">Whether settings and keys that are not known are errors.</param>
    /// <exception cref="InvalidDataException">The folder does not hold such a network; the message says what does not fit.</exception>
    public static ControlNet Load(ModelComponent component, string? variant = null, Strictness strictness = Strictness.Strict)
    {
        ControlNetConfig config = ControlNetConfigJson.Read(component.Config, component.ConfigPath, strictness);
        using IWeights weights = component.OpenWeights(variant);
        ControlNet network = CheckpointMap.Identity.Make(() => new ControlNet(config), weights, strictness);
        network.eval();
        return network;
    }

    /// <summary>Writes config.json and weights in diffusers' layout.</summary>
    /// <param name="folder">The folder.</param>
    public void Save(string folder) => ModelComponent.Write(folder, ControlNetConfigJson.Write(Config), state_dict());

    /// <summary>What is to be added to a U-Net, not yet weighted.</summary>
    /// <param name="input">The U-Net's input without channels that a condition puts behind it.</param>
    /// <param name="time">[batch], or one for all.</param>
    /// <param name="condition">What the U-Net is told.</param>
    /// <param name="picture">The control picture, [batch, channels, height, width] in pixels, 0..1.</param>
    /// <exception cref="ArgumentException">The picture's size is not that of the latents, or another shape does not fit.</exception>
    internal UNetResiduals Evaluate(Tensor input, Tensor time, Condition condition, Tensor picture)
    {
        using var scope = NewDisposeScope();
        Tensor hint = Hint(picture, input), features = _encoder.Features(input) + hint;
        (Tensor hidden, List<Tensor> skips) = _encoder.Encode(features, _encoder.Context(time, input.shape[0], condition), []);
        UNetResiduals residuals = new([.. skips.Zip(controlnet_down_blocks, (skip, layer) => layer.call(skip))], controlnet_mid_block.call(hidden));
        return residuals.Map((residual, _) => residual.MoveToOuterDisposeScope());
    }

    private Tensor Hint(Tensor picture, Tensor input)
    {
        long height = input.shape[2] * Config.PixelsPerLatent, width = input.shape[3] * Config.PixelsPerLatent;
        if (!picture.shape.AsSpan().SequenceEqual([input.shape[0], Config.ImageChannels, height, width]))
            throw new ArgumentException(
                $"The control picture is [{string.Join(", ", picture.shape)}], where [{input.shape[0]}, {Config.ImageChannels}, {height}, {width}] is expected.", nameof(picture));
        Tensor own = picture.to(_encoder.Type);
        return controlnet_cond_embedding.call(Config.ColourOrder == ColourOrder.Bgr ? own.flip(1) : own);
    }

    // The first convolution's, each residual block's, and each change of resolution's.
    private static IEnumerable<int> SkipChannels(UNet2DConditionConfig encoder)
    {
        int count = encoder.BlockOutChannels.Length;
        return Enumerable.Range(0, count)
            .SelectMany(i => Enumerable.Repeat(encoder.BlockOutChannels[i], encoder.LayersPerBlock[i] + (i < count - 1 ? 1 : 0)))
            .Prepend(encoder.BlockOutChannels[0]);
    }

    // A fresh ControlNet must leave its U-Net as it is.
    private static Conv2d ZeroConvolution(int channels)
    {
        Conv2d layer = Layers.Conv2d(channels, channels, 1);
        nn.init.zeros_(layer.weight);
        nn.init.zeros_(layer.bias!);
        return layer;
    }
}
