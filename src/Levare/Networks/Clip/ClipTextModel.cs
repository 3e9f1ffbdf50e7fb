using Levare.Networks.Attention;
using Levare.Networks.Blocks;
using Levare.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Clip;

/// <summary>CLIP's text encoder (Radford et al. 2021; OpenCLIP's of SD 2 and SDXL), with transformers' keys: <c>text_model.*</c> and, where it has one, <c>text_projection</c>.</summary>
/// <remarks>Thread-safe for inference. Numbers [batch, tokens], int64, at most <see cref="ClipTextConfig.Positions"/> tokens.</remarks>
public sealed class ClipTextModel : nn.Module<Tensor, ClipTextOutput>
{
    // transformers 5 writes keys without the prefix, whole CLIP models have pictures' keys beside them, and early files hold the positions' numbers.
    private static readonly CheckpointMap Keys = new(
        new KeyRule(@"(^|\.)position_ids$", null),
        new KeyRule(@"^(vision_model\.|visual_projection\.|logit_scale$)", null),
        new KeyRule(@"^(embeddings|encoder|final_layer_norm)\.", "text_model.$1."));

    private readonly ClipTextTransformer text_model;
    private readonly Linear? text_projection;

    /// <summary>An encoder with fresh weights on the CPU, float32, in training mode.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="hasProjection">Whether it has the projection that <see cref="ClipTextOutput.Projected"/> comes from.</param>
    public ClipTextModel(ClipTextConfig config, bool hasProjection) : base(nameof(ClipTextModel))
    {
        Config = config;
        text_model = new(config);
        if (hasProjection) text_projection = Layers.Linear(config.Encoder.Width, config.ProjectionWidth, bias: false);
        RegisterComponents();
    }

    /// <summary>The settings.</summary>
    public ClipTextConfig Config { get; }

    /// <summary>Whether <see cref="ClipTextOutput.Projected"/> is there.</summary>
    public bool HasProjection => text_projection is not null;

    /// <summary>Where its weights are.</summary>
    internal Device Device => text_model.Device;

    /// <summary>Loads an encoder from a folder with config.json and weights: float32, on the CPU, ready for inference.</summary>
    /// <param name="component">The folder, such as a model's text_encoder/.</param>
    /// <param name="variant">fp16, say; null takes the plain weights.</param>
    /// <param name="strictness">Whether keys that are not known are errors.</param>
    /// <exception cref="InvalidDataException">The folder does not hold such an encoder; the message says what does not fit.</exception>
    public static ClipTextModel Load(ModelComponent component, string? variant = null, Strictness strictness = Strictness.Strict)
    {
        using IWeights weights = component.OpenWeights(variant);
        bool hasProjection = component.ClassName is "CLIPTextModelWithProjection" || weights.Entries.ContainsKey("text_projection.weight");
        ClipTextConfig config = ClipTextConfig.Read(component.Config, component.ConfigPath);
        ClipTextModel model = Keys.Make(() => new ClipTextModel(config, hasProjection), weights, strictness);
        model.eval();
        return model;
    }

    /// <inheritdoc/>
    public override ClipTextOutput forward(Tensor numbers) => Encode(numbers);

    /// <summary>Encodes texts.</summary>
    /// <param name="numbers">[batch, tokens], int64.</param>
    /// <param name="added">Embeddings of further tokens; null for none.</param>
    /// <exception cref="ArgumentException">A number has no embedding, the text is too long, or the added embeddings have another width.</exception>
    public ClipTextOutput Encode(Tensor numbers, AddedEmbeddings? added = null)
    {
        Check(numbers, added);
        using var scope = NewDisposeScope();
        IReadOnlyList<Tensor> states = text_model.call(numbers, added);
        Tensor last = text_model.Normalise(states[^1]);
        Tensor pooled = last[arange(numbers.shape[0], device: numbers.device), EndPositions(numbers)];
        Tensor? projected = text_projection?.call(pooled);
        return new(
            [.. states.Select(state => state.MoveToOuterDisposeScope())], last.MoveToOuterDisposeScope(), pooled.MoveToOuterDisposeScope(), projected?.MoveToOuterDisposeScope());
    }

    /// <summary>The final norm, of a state that is not the last: skipping layers ("clip skip") ends with it in SD 1 and 2.</summary>
    public Tensor Normalise(Tensor state) => text_model.Normalise(state);

    // Early files say that a text ends with number 2, which was never so: the end then is the largest number, as in CLIP's own code.
    private Tensor EndPositions(Tensor numbers) =>
        (Config.EndNumber == LegacyEnd ? numbers : numbers.eq(Config.EndNumber).to(ScalarType.Int32)).argmax(-1);

    private const int LegacyEnd = 2;

    private void Check(Tensor numbers, AddedEmbeddings? added)
    {
        if (numbers.dim() != 2 || numbers.dtype != ScalarType.Int64 || numbers.shape[0] < 1 || numbers.shape[1] < 1 || numbers.shape[1] > Config.Positions)
            throw new ArgumentException(
                $"The text is {numbers.dtype} [{string.Join(", ", numbers.shape)}], where Int64 [batch, 1 to {Config.Positions}] is expected.", nameof(numbers));
        if (added is not null && (added.Rows.dim() != 2 || added.Rows.shape[1] != Config.Encoder.Width))
            throw new ArgumentException(
                $"The added embeddings are [{string.Join(", ", added.Rows.shape)}], where [tokens, {Config.Encoder.Width}] is expected.", nameof(added));
        using var scope = NewDisposeScope();
        (long least, long most) = (numbers.min().item<long>(), numbers.max().item<long>());
        long count = added is null ? Config.VocabularySize : added.FirstNumber + added.Rows.shape[0];
        if (least < 0 || most >= count)
            throw new ArgumentException($"The text has token {(least < 0 ? least : most)}, and the encoder knows 0 to {count - 1}.", nameof(numbers));
    }
}

/// <summary>The encoder without its projection.</summary>
internal sealed class ClipTextTransformer : nn.Module<Tensor, AddedEmbeddings?, IReadOnlyList<Tensor>>
{
    private readonly ClipTextEmbeddings embeddings;
    private readonly ClipEncoder encoder;
    private readonly LayerNorm final_layer_norm;

    public ClipTextTransformer(ClipTextConfig config) : base(nameof(ClipTextTransformer))
    {
        embeddings = new(config);
        encoder = new(config.Encoder, AttentionPattern.Causal);
        final_layer_norm = Layers.LayerNorm(config.Encoder.Width, config.Encoder.NormEpsilon);
        RegisterComponents();
    }

    public override IReadOnlyList<Tensor> forward(Tensor numbers, AddedEmbeddings? added) => encoder.call(embeddings.call(numbers, added));

    public Device Device => final_layer_norm.weight.device;

    public Tensor Normalise(Tensor state) => final_layer_norm.call(state);
}

/// <summary>The sum of what a token is and where it stands.</summary>
internal sealed class ClipTextEmbeddings : nn.Module<Tensor, AddedEmbeddings?, Tensor>
{
    private readonly EmbeddingTable token_embedding;
    private readonly EmbeddingTable position_embedding;

    public ClipTextEmbeddings(ClipTextConfig config) : base(nameof(ClipTextEmbeddings))
    {
        token_embedding = Layers.Embedding(config.VocabularySize, config.Encoder.Width);
        position_embedding = Layers.Embedding(config.Positions, config.Encoder.Width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor numbers, AddedEmbeddings? added)
    {
        using var scope = NewDisposeScope();
        Tensor positions = position_embedding.call(arange(numbers.shape[1], device: numbers.device));
        return (Tokens(numbers, added) + positions).MoveToOuterDisposeScope();
    }

    private Tensor Tokens(Tensor numbers, AddedEmbeddings? added)
    {
        if (added is null) return token_embedding.call(numbers);
        Tensor isAdded = numbers.ge(added.FirstNumber);
        Tensor own = token_embedding.call(numbers.masked_fill(isAdded, 0));
        Tensor rows = added.Rows.to(own.dtype, own.device)[(numbers - added.FirstNumber).clamp_min(0)];
        return where(isAdded.unsqueeze(-1), rows, own);
    }
}
