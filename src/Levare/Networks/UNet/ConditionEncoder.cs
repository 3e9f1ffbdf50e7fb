using Levare.Conditioning;
using Levare.Networks.Attention;
using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.UNet;

/// <summary>
/// The half of a conditional U-Net that goes down, which the networks that accompany it are copies of: embeddings of the time and of what is told beside it,
/// the first convolution, the down blocks and the bottom.
/// </summary>
/// <remarks>It is no module of its own: its layers belong to the network that it is part of, and are registered there under the keys of checkpoints.</remarks>
internal sealed class ConditionEncoder
{
    private readonly UNet2DConditionConfig _config;
    private readonly Conv2d conv_in;
    private readonly nn.Module<Tensor, Tensor> time_proj;
    private readonly TimestepEmbedding time_embedding;
    private readonly nn.Module<Tensor, Tensor>? class_embedding;
    private readonly PositionalTimeEmbedding? add_time_proj;
    private readonly TimestepEmbedding? add_embedding;
    private readonly Linear? encoder_hid_proj;
    private readonly ModuleList<DownBlock> down_blocks;
    private readonly UNetMidBlock2D? mid_block;

    /// <summary>Layers with fresh weights.</summary>
    public ConditionEncoder(UNet2DConditionConfig config, UNet2DConditionBlocks blocks)
    {
        _config = config;
        conv_in = Layers.Conv2d(config.InChannels, config.BlockOutChannels[0], config.ConvInKernel, padding: config.ConvInKernel / 2);
        (time_proj, int waves) = TimeProjection(config);
        time_embedding = new(waves, config.TimeChannels, config.Activation, config.TimestepPostActivation, config.TimeConditionDim);
        class_embedding = ClassEmbedding(config, waves);
        if (config.AdditionEmbedding == AdditionEmbedding.TextTime)
        {
            add_time_proj = new(config.AdditionTimeEmbedDim!.Value, config.FlipSinToCos, config.FreqShift);
            add_embedding = new(config.ProjectionInputDim!.Value, config.TimeChannels);
        }
        if (config.EncoderHidDim is { } width) encoder_hid_proj = Layers.Linear(width, config.CrossAttentionDim[0]);
        down_blocks = [.. blocks.Down()];
        mid_block = blocks.Mid();
    }

    /// <summary>Makes the layers children of a network.</summary>
    public void RegisterIn(nn.Module network)
    {
        (string Key, nn.Module? Layer)[] layers =
        [
            (nameof(conv_in), conv_in), (nameof(time_proj), time_proj), (nameof(time_embedding), time_embedding), (nameof(class_embedding), class_embedding),
            (nameof(add_time_proj), add_time_proj), (nameof(add_embedding), add_embedding), (nameof(encoder_hid_proj), encoder_hid_proj),
            (nameof(down_blocks), down_blocks), (nameof(mid_block), mid_block),
        ];
        foreach ((string key, nn.Module? layer) in layers)
            if (layer is not null) network.register_module(key, layer);
    }

    /// <summary>The element type that the layers work in.</summary>
    public ScalarType Type => conv_in.weight.dtype;

    /// <summary>The input as features: [batch, first block's channels, height, width].</summary>
    /// <exception cref="ArgumentException">It has not as many channels as the network takes.</exception>
    public Tensor Features(Tensor input)
    {
        if (input.dim() != 4 || input.shape[1] != _config.InChannels)
            throw new ArgumentException(
                $"The network's input is [{string.Join(", ", input.shape)}], with the condition '{ConditionNames.Channels}' where there is one; [batch, {_config.InChannels}, height, width] is expected.",
                nameof(input));
        using var scope = NewDisposeScope();
        Tensor sample = input.to(Type);
        return conv_in.call(_config.CenterInputSample ? sample * 2 - 1 : sample).MoveToOuterDisposeScope();
    }

    /// <summary>What the blocks are told.</summary>
    /// <param name="time">[batch], or one for all.</param>
    /// <param name="batch">The number of rows.</param>
    /// <param name="condition">What the network is told beside the time.</param>
    /// <exception cref="ArgumentException">A condition has another shape.</exception>
    /// <exception cref="KeyNotFoundException">A condition is missing.</exception>
    public UNetContext Context(Tensor time, long batch, Condition condition)
    {
        using var scope = NewDisposeScope();
        Tensor waves = time_proj.call(time.expand(batch));
        if (_config.TimeConditionDim is not null && condition.Find(ConditionNames.TimestepCondition) is { } timestep) waves = time_embedding.Conditioned(waves, timestep);
        Tensor embedding = WithClass(time_embedding.call(waves), condition);
        if (add_embedding is not null) embedding = embedding + add_embedding.call(Added(condition));
        if (_config.TimeEmbeddingActivation is { } activation) embedding = activation.Apply(embedding);
        return new(embedding.MoveToOuterDisposeScope()) { Attention = Text(batch, condition) is { } text ? new(text.MoveToOuterDisposeScope()) : null };
    }

    /// <summary>From the first features to the bottom.</summary>
    /// <param name="features">What <see cref="Features"/> gave.</param>
    /// <param name="context">What the blocks are told.</param>
    /// <param name="added">An adapter's features for each block that has some, from the first down, and for the bottom.</param>
    /// <returns>The features at the bottom, and the skips with the first features among them, in order.</returns>
    public (Tensor Hidden, List<Tensor> Skips) Encode(Tensor features, UNetContext context, IReadOnlyList<Tensor> added)
    {
        List<Tensor> skips = [features];
        for (int i = 0; i < down_blocks.Count; i++)
        {
            (features, IReadOnlyList<Tensor> states, _) = down_blocks[i].call(features, context with { Added = added.ElementAtOrDefault(i) }, null);
            skips.AddRange(states);
        }
        if (mid_block is null) return (features, skips);
        features = mid_block.call(features, context);
        // Only adapters for SDXL have features of the bottom's shape.
        bool reachesBottom = added.Count > down_blocks.Count && added[down_blocks.Count].shape.AsSpan().SequenceEqual(features.shape);
        return (reachesBottom ? features + added[down_blocks.Count].to(features.dtype) : features, skips);
    }

    /// <summary>The transformer blocks on the way down, and those at the bottom.</summary>
    public (IEnumerable<BasicTransformerBlock> Down, IEnumerable<BasicTransformerBlock> Middle) Transformers() =>
        (down_blocks.modules().OfType<BasicTransformerBlock>(), mid_block?.modules().OfType<BasicTransformerBlock>() ?? []);

    private Tensor WithClass(Tensor embedding, Condition condition)
    {
        if (_config.ClassEmbedding is not { } kind) return embedding;
        Tensor labels = condition[ConditionNames.ClassLabels];
        Tensor embedded = kind switch
        {
            ConditionClassEmbedding.Learned => class_embedding!.call(labels.to(ScalarType.Int64)),
            ConditionClassEmbedding.Timestep => class_embedding!.call(time_proj.call(labels)),
            ConditionClassEmbedding.Projection or ConditionClassEmbedding.SimpleProjection => class_embedding!.call(labels.to(embedding.dtype)),
            _ => labels.to(embedding.dtype),
        };
        return _config.ClassEmbeddingsConcat ? cat([embedding, embedded], 1) : embedding + embedded;
    }

    private Tensor Added(Condition condition)
    {
        Tensor text = condition[ConditionNames.TextEmbeds], ids = condition[ConditionNames.TimeIds];
        Tensor waves = add_time_proj!.call(ids.flatten()).view(ids.shape[0], -1);
        Tensor added = cat([text.to(waves.dtype), waves], 1);
        return added.shape[1] == _config.ProjectionInputDim ? added : throw new ArgumentException(
            $"The conditions '{ConditionNames.TextEmbeds}' [{string.Join(", ", text.shape)}] and '{ConditionNames.TimeIds}' [{string.Join(", ", ids.shape)}], each of the ids as {_config.AdditionTimeEmbedDim} waves, "
            + $"make {added.shape[1]} channels, where the network expects {_config.ProjectionInputDim}.", nameof(condition));
    }

    private Tensor? Text(long batch, Condition condition)
    {
        if (_config.TextWidth is not { } width) return null;
        Tensor text = condition[ConditionNames.Text];
        if (text.dim() != 3 || text.shape[0] != batch || text.shape[2] != width)
            throw new ArgumentException(
                $"The condition '{ConditionNames.Text}' is [{string.Join(", ", text.shape)}], where [{batch}, tokens, {width}] is expected.", nameof(condition));
        Tensor own = text.to(Type);
        return encoder_hid_proj is null ? own.alias() : encoder_hid_proj.call(own);
    }

    private static (nn.Module<Tensor, Tensor> Module, int Channels) TimeProjection(UNet2DConditionConfig config) => config.TimeEmbeddingType == TimeEmbeddingType.Fourier
        ? (new FourierTimeEmbedding(config.TimeChannels / 2, scale: 1, ofLogarithm: false, config.FlipSinToCos), config.TimeChannels)
        : (new PositionalTimeEmbedding(config.BlockOutChannels[0], config.FlipSinToCos, config.FreqShift), config.BlockOutChannels[0]);

    private static nn.Module<Tensor, Tensor>? ClassEmbedding(UNet2DConditionConfig config, int waves) => config.ClassEmbedding switch
    {
        ConditionClassEmbedding.Learned => Layers.Embedding(config.NumClassEmbeds!.Value, config.TimeChannels),
        ConditionClassEmbedding.Timestep => new TimestepEmbedding(waves, config.TimeChannels, config.Activation),
        ConditionClassEmbedding.Projection => new TimestepEmbedding(config.ProjectionInputDim!.Value, config.TimeChannels),
        ConditionClassEmbedding.SimpleProjection => Layers.Linear(config.ProjectionInputDim!.Value, config.TimeChannels),
        _ => null,
    };
}
