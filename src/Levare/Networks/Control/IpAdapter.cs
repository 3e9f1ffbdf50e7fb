using System.Globalization;
using Levare.Networks.Attention;
using Levare.Networks.UNet;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.Control;

/// <summary>Lets a U-Net look at a picture as it looks at words (Ye et al. 2023): tokens of the picture, and keys and values for each cross-attention.</summary>
/// <remarks>
/// Keys: <c>image_proj</c>, and <c>ip_adapter.N.to_k_ip, to_v_ip</c> with odd N for the U-Net's transformer blocks in the order down, up, bottom. The U-Net is not
/// written to: a <see cref="ControlledNetwork"/> brings both together. Inference from several threads at once is safe.
/// </remarks>
public sealed class IpAdapter : nn.Module
{
    private readonly ImageProjection image_proj;

    private IpAdapter(ImageProjection projection, IReadOnlyList<BasicTransformerBlock> transformers, int width) : base(nameof(IpAdapter))
    {
        image_proj = projection;
        Layers = transformers.ToDictionary(block => block.Key, block => new ImageKeysAndValues(width, block.Shape.Channels), StringComparer.Ordinal);
        Numbered numbered = new();
        for (int i = 0; i < transformers.Count; i++)
            numbered.register_module((2 * i + 1).ToString(CultureInfo.InvariantCulture), Layers[transformers[i].Key]);
        register_module("ip_adapter", numbered);
        RegisterComponents();
    }

    /// <summary>What each transformer block of the U-Net sees of the picture, by the block's key.</summary>
    internal IReadOnlyDictionary<string, ImageKeysAndValues> Layers { get; }

    /// <summary>Whether it takes the tokens of a picture (IP-Adapter Plus and Full), not one vector of the whole.</summary>
    internal bool SeesTokens => image_proj.InputDimensions == 3;

    /// <summary>The channels of what it takes.</summary>
    internal int EmbeddingChannels => image_proj.InputChannels;

    /// <summary>Whether a U-Net has the transformer blocks that the adapter has keys and values for.</summary>
    internal bool Fits(UNet2DCondition network)
    {
        IReadOnlyList<BasicTransformerBlock> transformers = network.Transformers();
        return transformers.Count == Layers.Count
            && transformers.All(block => Layers.TryGetValue(block.Key, out ImageKeysAndValues? layer) && layer.Channels == block.Shape.Channels);
    }

    /// <summary>Loads an adapter for a U-Net from a file of weights: float32, on the CPU, ready for inference.</summary>
    /// <param name="path">The file: IP-Adapter, IP-Adapter Plus or IP-Adapter Full.</param>
    /// <param name="network">The U-Net whose cross-attention it belongs to; it stays as it is.</param>
    /// <param name="strictness">Whether keys that are not known are errors.</param>
    /// <exception cref="InvalidDataException">The file holds no such adapter, or one for another kind of U-Net.</exception>
    public static IpAdapter Load(string path, UNet2DCondition network, Strictness strictness = Strictness.Strict)
    {
        using IWeights weights = WeightsFile.Open(path);
        IReadOnlyList<BasicTransformerBlock> transformers = network.Transformers();
        int width = (int)Shape(weights, "ip_adapter.1.to_k_ip.weight", 2)[1];
        IpAdapter adapter = CheckpointMap.Identity.Make(() => new IpAdapter(Projection(weights), transformers, width), weights, strictness);
        adapter.eval();
        return adapter;
    }

    /// <summary>What cross-attention sees of pictures.</summary>
    /// <param name="embeddings">What the image encoder says: [batch, ...] of one picture a row, or [batch, pictures, ...].</param>
    /// <returns>[batch, tokens of all pictures, width].</returns>
    internal Tensor Tokens(Tensor embeddings)
    {
        using var scope = NewDisposeScope();
        long batch = embeddings.shape[0];
        Tensor pictures = embeddings.dim() == image_proj.InputDimensions ? embeddings : embeddings.flatten(0, 1);
        if (pictures.dim() != image_proj.InputDimensions)
            throw new ArgumentException($"The picture's embedding is [{string.Join(", ", embeddings.shape)}], where {image_proj.InputDimensions} dimensions, or one more for several pictures, are expected.", nameof(embeddings));
        Tensor tokens = image_proj.call(pictures.to(image_proj.parameters().First().dtype));
        return tokens.reshape(batch, -1, tokens.shape[2]).MoveToOuterDisposeScope();
    }

    private static ImageProjection Projection(IWeights weights)
    {
        if (weights.Entries.ContainsKey("image_proj.latents")) return Resampled(weights);
        if (weights.Entries.ContainsKey("image_proj.proj.3.weight"))
            return new TokenwiseImageProjection((int)Shape(weights, "image_proj.proj.0.weight", 2)[1], (int)Shape(weights, "image_proj.proj.3.weight", 1)[0]);
        long[] projection = Shape(weights, "image_proj.proj.weight", 2);
        long width = Shape(weights, "image_proj.norm.weight", 1)[0];
        if (width == 0 || projection[0] % width != 0)
            throw new InvalidDataException($"{weights.Path}: 'image_proj.proj.weight' gives {projection[0]} channels, which are no whole number of tokens of {width}.");
        return new LinearImageProjection((int)projection[1], (int)(projection[0] / width), (int)width);
    }

    private static ResampledImageProjection Resampled(IWeights weights)
    {
        long[] latents = Shape(weights, "image_proj.latents", 3);
        int depth = 0;
        while (weights.Entries.ContainsKey($"image_proj.layers.{depth}.0.to_q.weight")) depth++;
        if (depth == 0) throw new InvalidDataException($"{weights.Path} has no 'image_proj.layers.0.0.to_q.weight', as an IP-Adapter Plus has.");
        int attention = (int)Shape(weights, "image_proj.layers.0.0.to_q.weight", 2)[0];
        if (attention % PerceiverAttention.HeadChannels != 0)
            throw new InvalidDataException($"{weights.Path}: 'image_proj.layers.0.0.to_q.weight' gives {attention} channels, which are no whole number of heads of {PerceiverAttention.HeadChannels}.");
        return new((int)Shape(weights, "image_proj.proj_in.weight", 2)[1], (int)latents[2], (int)latents[1], depth, attention, (int)Shape(weights, "image_proj.proj_out.weight", 2)[0]);
    }

    private static long[] Shape(IWeights weights, string key, int dimensions)
    {
        if (!weights.Entries.TryGetValue(key, out TensorEntry? entry))
            throw new InvalidDataException($"{weights.Path} has no '{key}': it is no IP-Adapter, IP-Adapter Plus or IP-Adapter Full.");
        return entry.Shape.Length == dimensions && entry.Shape.All(size => size is > 0 and <= 1 << 24) ? [.. entry.Shape]
            : throw new InvalidDataException($"{weights.Path}: '{key}' is [{string.Join(", ", entry.Shape)}], where {dimensions} dimensions of 1..{1 << 24} are expected.");
    }

    private sealed class Numbered() : nn.Module("ip_adapter");
}
