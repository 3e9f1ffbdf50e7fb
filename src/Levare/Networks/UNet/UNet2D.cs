using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Networks.Blocks;
using Levare.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.UNet;

/// <summary>The U-Net of pixel diffusion (Ho et al. 2020; Dhariwal and Nichol 2021; NCSN++ of Song et al. 2021), with diffusers' UNet2DModel keys and settings.</summary>
/// <remarks>
/// <c>forward(input, time, condition)</c>: input [batch, InChannels, height, width], sides divisible by 2^(resolutions - 1); time [batch];
/// the condition <see cref="ConditionNames.ClassLabels"/> where the configuration has a class embedding.
/// </remarks>
public sealed class UNet2D : DenoisingNetwork
{
    private readonly Conv2d conv_in;
    private readonly nn.Module<Tensor, Tensor> time_proj;
    private readonly TimestepEmbedding time_embedding;
    private readonly nn.Module<Tensor, Tensor>? class_embedding;
    private readonly ModuleList<DownBlock> down_blocks;
    private readonly UNetMidBlock2D? mid_block;
    private readonly ModuleList<UpBlock> up_blocks;
    private readonly GroupNorm conv_norm_out;
    private readonly Conv2d conv_out;

    /// <summary>A network with fresh weights on the CPU, float32, in training mode.</summary>
    /// <exception cref="InvalidDataException">The settings do not fit together.</exception>
    public UNet2D(UNet2DConfig config) : base(nameof(UNet2D))
    {
        config.Validate();
        Config = config;
        int first = config.BlockOutChannels[0];
        UNet2DBlocks blocks = new(config);
        conv_in = Layers.Conv2d(config.InChannels, first, 3, padding: 1);
        (time_proj, int waves) = TimeProjection(config);
        time_embedding = new(waves, config.TimeChannels);
        class_embedding = config.ClassEmbedding switch
        {
            ClassEmbeddingType.Learned => Layers.Embedding(config.NumClassEmbeds!.Value, config.TimeChannels),
            ClassEmbeddingType.Timestep => new TimestepEmbedding(waves, config.TimeChannels),
            _ => null,
        };
        down_blocks = [.. blocks.Down()];
        mid_block = blocks.Mid();
        up_blocks = [.. blocks.Up()];
        conv_norm_out = Normalisation.Group(config.NormNumGroups ?? Math.Min(first / 4, 32), first, config.NormEps);
        conv_out = Layers.Conv2d(first, config.OutChannels, 3, padding: 1);
        RegisterComponents();
    }

    /// <summary>The settings.</summary>
    public UNet2DConfig Config { get; }

    /// <summary>Loads a network from a folder with config.json and weights: float32, on the CPU, ready for inference.</summary>
    /// <param name="component">The folder, such as a model's unet/.</param>
    /// <param name="variant">Which of several files of weights, "fp16" say; null for the plain one, or the only one.</param>
    /// <param name="strictness">Whether settings and keys that are not known are errors.</param>
    /// <exception cref="FileNotFoundException">There are no such weights; the message names those that are there.</exception>
    /// <exception cref="InvalidDataException">The folder does not hold such a network; the message says what does not fit.</exception>
    public static UNet2D Load(ModelComponent component, string? variant = null, Strictness strictness = Strictness.Strict)
    {
        UNet2DConfig config = UNet2DConfigJson.Read(component.Config, component.ConfigPath, strictness);
        using IWeights weights = component.OpenWeights(variant);
        UNet2D network = CheckpointMap.LegacyAttention.Make(() => new UNet2D(config), weights, strictness);
        network.eval();
        return network;
    }

    /// <summary>Writes config.json and weights in diffusers' layout.</summary>
    /// <param name="folder">The folder, such as a model's unet/.</param>
    public void Save(string folder) => ModelComponent.Write(folder, UNet2DConfigJson.Write(Config), state_dict());

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input's shape does not fit, or there are class labels that the network does not know.</exception>
    /// <exception cref="KeyNotFoundException">There are no class labels, and the network needs them.</exception>
    public override Tensor forward(Tensor input, Tensor time, Condition condition)
    {
        CheckInput(input);
        using var scope = NewDisposeScope();
        time = time.expand(input.shape[0]);
        UNetContext context = new(Embed(time, condition));
        Tensor sample = Config.CenterInputSample ? input * 2 - 1 : input;
        Tensor hidden = conv_in.call(sample);
        Stack<Tensor> skips = new([hidden]);
        Tensor? image = sample;
        foreach (DownBlock block in down_blocks)
        {
            (hidden, IReadOnlyList<Tensor> states, image) = block.call(hidden, context, image);
            foreach (Tensor state in states) skips.Push(state);
        }
        if (mid_block is not null) hidden = mid_block.call(hidden, context);
        image = null;
        foreach (UpBlock block in up_blocks)
            (hidden, image) = block.call(hidden, skips, context, image);
        Tensor output = conv_out.call(nn.functional.silu(conv_norm_out.call(hidden)));
        if (image is not null) output += image;
        // The score is -noise / sigma: networks on sigma predict the noise itself and are divided here.
        if (Config.TimeEmbeddingType == TimeEmbeddingType.Fourier) output /= time.view(-1, 1, 1, 1);
        return output.MoveToOuterDisposeScope();
    }

    private void CheckInput(Tensor input)
    {
        if (input.dim() != 4 || input.shape[1] != Config.InChannels || input.shape[2] % Config.SideMultiple != 0 || input.shape[3] % Config.SideMultiple != 0)
            throw new ArgumentException(
                $"The network's input is [{string.Join(", ", input.shape)}], where [batch, {Config.InChannels}, height, width] with sides divisible by {Config.SideMultiple} is expected.",
                nameof(input));
    }

    private Tensor Embed(Tensor time, Condition condition)
    {
        Tensor embedding = time_embedding.call(time_proj.call(time));
        if (Config.ClassEmbedding is not { } kind)
            return condition.Find(ConditionNames.ClassLabels) is null
                ? embedding
                : throw new ArgumentException("Class labels were given to a network without a class embedding.", nameof(condition));
        Tensor labels = condition[ConditionNames.ClassLabels];
        return embedding + kind switch
        {
            ClassEmbeddingType.Timestep => class_embedding!.call(time_proj.call(labels)),
            ClassEmbeddingType.Learned => class_embedding!.call(labels.to(ScalarType.Int64)),
            _ => labels.to(embedding.dtype),
        };
    }

    private static (nn.Module<Tensor, Tensor> Module, int Channels) TimeProjection(UNet2DConfig config)
    {
        int first = config.BlockOutChannels[0];
        return config.TimeEmbeddingType switch
        {
            TimeEmbeddingType.Fourier => (new FourierTimeEmbedding(first, scale: 16), 2 * first),
            TimeEmbeddingType.Learned => (new LearnedTimeEmbedding(config.NumTrainTimesteps!.Value, first), first),
            _ => (new PositionalTimeEmbedding(first, config.FlipSinToCos, config.FreqShift), first),
        };
    }
}
