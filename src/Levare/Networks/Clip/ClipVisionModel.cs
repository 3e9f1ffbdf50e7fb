using Levare.Networks.Attention;
using Levare.Networks.Blocks;
using Levare.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Clip;

/// <summary>CLIP's picture encoder (Radford et al. 2021), with transformers' keys: <c>vision_model.*</c> and, where it has one, <c>visual_projection</c>.</summary>
/// <remarks>Thread-safe for inference. Pixels [batch, channels, side, side] as <see cref="Conditioning.Clip.ClipImageProcessor"/> gives them.</remarks>
public sealed class ClipVisionModel : nn.Module<Tensor, ClipVisionOutput>
{
    // transformers 5 writes keys without the prefix, whole CLIP models have texts' keys beside them, and early files hold the positions' numbers.
    private static readonly CheckpointMap Keys = new(
        new KeyRule(@"(^|\.)position_ids$", null),
        new KeyRule(@"^(text_model\.|text_projection\.|logit_scale$)", null),
        new KeyRule(@"^(embeddings|pre_layrnorm|encoder|post_layernorm)\.", "vision_model.$1."));

    private readonly ClipVisionTransformer vision_model;
    private readonly Linear? visual_projection;

    /// <summary>An encoder with fresh weights on the CPU, float32, in training mode.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="hasProjection">Whether it has the projection that <see cref="ClipVisionOutput.Projected"/> comes from.</param>
    public ClipVisionModel(ClipVisionConfig config, bool hasProjection) : base(nameof(ClipVisionModel))
    {
        Config = config;
        vision_model = new(config);
        if (hasProjection) visual_projection = Layers.Linear(config.Encoder.Width, config.ProjectionWidth, bias: false);
        RegisterComponents();
    }

    /// <summary>The settings.</summary>
    public ClipVisionConfig Config { get; }

    /// <summary>Whether <see cref="ClipVisionOutput.Projected"/> is there.</summary>
    public bool HasProjection => visual_projection is not null;

    /// <summary>Loads an encoder from a folder with config.json and weights: float32, on the CPU, ready for inference.</summary>
    /// <param name="component">The folder, such as a model's image_encoder/.</param>
    /// <param name="variant">fp16, say; null takes the plain weights.</param>
    /// <param name="strictness">Whether keys that are not known are errors.</param>
    /// <exception cref="InvalidDataException">The folder does not hold such an encoder; the message says what does not fit.</exception>
    public static ClipVisionModel Load(ModelComponent component, string? variant = null, Strictness strictness = Strictness.Strict)
    {
        using IWeights weights = component.OpenWeights(variant);
        bool hasProjection = component.ClassName is "CLIPVisionModelWithProjection" || weights.Entries.ContainsKey("visual_projection.weight");
        ClipVisionConfig config = ClipVisionConfig.Read(component.Config, component.ConfigPath);
        ClipVisionModel model = Keys.Make(() => new ClipVisionModel(config, hasProjection), weights, strictness);
        model.eval();
        return model;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The pixels' shape does not fit.</exception>
    public override ClipVisionOutput forward(Tensor pixels)
    {
        if (pixels.dim() != 4 || pixels.shape[1] != Config.Channels || pixels.shape[2] != Config.ImageSize || pixels.shape[3] != Config.ImageSize)
            throw new ArgumentException(
                $"The picture is [{string.Join(", ", pixels.shape)}], where [batch, {Config.Channels}, {Config.ImageSize}, {Config.ImageSize}] is expected.", nameof(pixels));
        using var scope = NewDisposeScope();
        IReadOnlyList<Tensor> states = vision_model.call(pixels);
        Tensor pooled = vision_model.Pool(states[^1]);
        Tensor? projected = visual_projection?.call(pooled);
        return new([.. states.Select(state => state.MoveToOuterDisposeScope())], pooled.MoveToOuterDisposeScope(), projected?.MoveToOuterDisposeScope());
    }
}

/// <summary>The encoder without its projection.</summary>
internal sealed class ClipVisionTransformer : nn.Module<Tensor, IReadOnlyList<Tensor>>
{
    private readonly ClipVisionEmbeddings embeddings;
    private readonly LayerNorm pre_layrnorm;
    private readonly ClipEncoder encoder;
    private readonly LayerNorm post_layernorm;

    public ClipVisionTransformer(ClipVisionConfig config) : base(nameof(ClipVisionTransformer))
    {
        (int width, double epsilon) = (config.Encoder.Width, config.Encoder.NormEpsilon);
        embeddings = new(config);
        pre_layrnorm = Layers.LayerNorm(width, epsilon);
        encoder = new(config.Encoder, AttentionPattern.Full);
        post_layernorm = Layers.LayerNorm(width, epsilon);
        RegisterComponents();
    }

    public override IReadOnlyList<Tensor> forward(Tensor pixels) => encoder.call(pre_layrnorm.call(embeddings.call(pixels)));

    /// <summary>The picture as a whole: the first token, after the final norm.</summary>
    public Tensor Pool(Tensor state) => post_layernorm.call(state.select(1, 0));
}

/// <summary>Squares of a picture as tokens, behind one that stands for the whole, each with its place.</summary>
internal sealed class ClipVisionEmbeddings : nn.Module<Tensor, Tensor>
{
    private readonly Parameter class_embedding;
    private readonly Conv2d patch_embedding;
    private readonly EmbeddingTable position_embedding;

    public ClipVisionEmbeddings(ClipVisionConfig config) : base(nameof(ClipVisionEmbeddings))
    {
        Tensor fresh = empty(config.Encoder.Width, device: NetworkConstruction.Device);
        nn.init.normal_(fresh);
        class_embedding = new Parameter(fresh);
        patch_embedding = Layers.Conv2d(config.Channels, config.Encoder.Width, config.PatchSize, stride: config.PatchSize, bias: false);
        position_embedding = Layers.Embedding(config.Patches + 1, config.Encoder.Width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        Tensor patches = patch_embedding.call(pixels).flatten(2).transpose(1, 2);
        Tensor whole = class_embedding.view(1, 1, -1).expand(pixels.shape[0], 1, -1);
        return (cat([whole, patches], 1) + position_embedding.Vectors).MoveToOuterDisposeScope();
    }
}
