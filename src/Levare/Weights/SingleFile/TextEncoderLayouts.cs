using System.Collections.Immutable;

namespace Levare.Weights;

/// <summary>Text encoders in single files: transformers' own naming, with or without its outer module, and OpenCLIP's.</summary>
internal static class TextEncoderLayouts
{
    private static readonly string[] Modules = ["embeddings", "encoder", "final_layer_norm"];

    // OpenCLIP's block, transformers' layer.
    private static readonly (string File, string Part)[] Layer =
    [
        ("ln_1", "layer_norm1"), ("ln_2", "layer_norm2"), ("mlp.c_fc", "mlp.fc1"), ("mlp.c_proj", "mlp.fc2"), ("attn.out_proj", "self_attn.out_proj"),
    ];

    /// <summary>CLIP as transformers writes it.</summary>
    /// <param name="hasOuterModule">Whether the file's keys have the outer text_model.</param>
    public static ImmutableArray<ModulePair> Clip(bool hasOuterModule) => hasOuterModule
        ? [new("text_model", "text_model"), new("text_projection", "text_projection")]
        : [.. Modules.Select(module => new ModulePair(module, $"text_model.{module}"))];

    /// <summary>OpenCLIP, whose attention has queries, keys and values in one matrix, and whose projection is transposed.</summary>
    /// <param name="layers">The number of layers.</param>
    public static ImmutableArray<ModulePair> OpenClip(int layers) =>
    [
        new("token_embedding", "text_model.embeddings.token_embedding"), new("positional_embedding", "text_model.embeddings.position_embedding.weight"),
        new("ln_final", "text_model.final_layer_norm"), new("text_projection", "text_projection.weight", TensorChange.Transposed),
        .. Enumerable.Range(0, layers).SelectMany(i => OpenClipLayer($"transformer.resblocks.{i}", $"text_model.encoder.layers.{i}")),
    ];

    private static IEnumerable<ModulePair> OpenClipLayer(string file, string part) =>
    [
        .. Layer.Select(leaf => new ModulePair($"{file}.{leaf.File}", $"{part}.{leaf.Part}")),
        .. Fused($"{file}.attn.in_proj_weight", part, "weight"), .. Fused($"{file}.attn.in_proj_bias", part, "bias"),
    ];

    private static IEnumerable<ModulePair> Fused(string file, string part, string leaf) =>
    [
        new(file, $"{part}.self_attn.q_proj.{leaf}", TensorChange.FirstThird), new(file, $"{part}.self_attn.k_proj.{leaf}", TensorChange.SecondThird),
        new(file, $"{part}.self_attn.v_proj.{leaf}", TensorChange.LastThird),
    ];
}
