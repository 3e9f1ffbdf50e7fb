using Levare.Networks;
using Levare.Networks.Blocks;
using Levare.Networks.Clip;
using Levare.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Safety;

/// <summary>How alike pictures are to concepts: the cosine between CLIP's embeddings. Keys are those of diffusers' StableDiffusionSafetyChecker.</summary>
internal sealed class SafetyNetwork : nn.Module<Tensor, SafetyNetwork.Likeness>
{
    // Early files hold the positions' numbers; transformers 5 writes the picture encoder's keys without its own prefix.
    private static readonly CheckpointMap Keys = new(
        new KeyRule(@"(^|\.)position_ids$", null),
        new KeyRule(@"^vision_model\.(embeddings|pre_layrnorm|encoder|post_layernorm)\.", "vision_model.vision_model.$1."));

    private readonly ClipVisionModel vision_model;
    private readonly Linear visual_projection;
    private readonly Parameter concept_embeds;
    private readonly Parameter concept_embeds_weights;
    private readonly Parameter special_care_embeds;
    private readonly Parameter special_care_embeds_weights;

    /// <summary>A network with fresh weights.</summary>
    /// <param name="config">The picture encoder and the width of its projection.</param>
    /// <param name="concepts">How many concepts are to be kept out.</param>
    /// <param name="specials">How many ask for special care.</param>
    public SafetyNetwork(ClipVisionConfig config, long concepts, long specials) : base(nameof(SafetyNetwork))
    {
        vision_model = new(config, hasProjection: false);
        visual_projection = Layers.Linear(config.Encoder.Width, config.ProjectionWidth, bias: false);
        concept_embeds = Ones(concepts, config.ProjectionWidth);
        concept_embeds_weights = Ones(concepts);
        special_care_embeds = Ones(specials, config.ProjectionWidth);
        special_care_embeds_weights = Ones(specials);
        RegisterComponents();
    }

    /// <summary>Likeness to concepts, each [batch, concepts] in -1..1.</summary>
    public readonly record struct Likeness(Tensor Concepts, Tensor Specials);

    /// <summary>The likeness above which a concept is in a picture, one for each concept.</summary>
    public float[] ConceptThresholds => Numbers(concept_embeds_weights);

    /// <summary>The likeness above which a concept asks for special care, one for each.</summary>
    public float[] SpecialThresholds => Numbers(special_care_embeds_weights);

    /// <summary>Loads a network: float32, on the CPU, ready for inference.</summary>
    /// <exception cref="InvalidDataException">The part does not hold such a network; the message says what does not fit.</exception>
    public static SafetyNetwork Load(ModelComponent component, string? variant)
    {
        using IWeights weights = component.OpenWeights(variant);
        ClipVisionConfig config = ClipVisionConfig.Read(component.Config, component.ConfigPath);
        SafetyNetwork network;
        using (NetworkConstruction.WithWeightsIn(ScalarType.Float32))
            network = Keys.Make(() => new SafetyNetwork(config, Count(weights, "concept_embeds"), Count(weights, "special_care_embeds")), weights);
        network.eval();
        return network;
    }

    /// <summary>The likeness of pictures.</summary>
    public override Likeness forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        Tensor embedding = visual_projection.call(vision_model.call(pixels).Pooled);
        return new(Cosine(embedding, concept_embeds).MoveToOuterDisposeScope(), Cosine(embedding, special_care_embeds).MoveToOuterDisposeScope());
    }

    private static float[] Numbers(Tensor weights)
    {
        using Tensor own = weights.cpu();
        return own.data<float>().ToArray();
    }

    private static Tensor Cosine(Tensor pictures, Tensor concepts) =>
        nn.functional.linear(nn.functional.normalize(pictures, 2, 1), nn.functional.normalize(concepts, 2, 1));

    private static Parameter Ones(params long[] shape) => new(ones(shape, device: NetworkConstruction.Device), requires_grad: false);

    private const long MostConcepts = 1 << 16;

    private static long Count(IWeights weights, string key) =>
        weights.Entries.TryGetValue(key, out TensorEntry? entry) && entry.Shape.Length == 2 && entry.Shape[0] <= MostConcepts ? entry.Shape[0]
            : throw new InvalidDataException($"{weights.Path} is no safety checker: '{key}' [concepts, width] is missing or of another shape.");
}
