using System.Collections.Immutable;

namespace Levare.Weights;

/// <summary>The blocks of a variational autoencoder: files count a decoder's resolutions from the output, model folders from the latent.</summary>
/// <param name="Down">Residual blocks of each resolution of the encoder.</param>
/// <param name="Up">Residual blocks of each resolution of the decoder, the lowest first.</param>
internal sealed record AutoencoderLayout(ImmutableArray<int> Down, ImmutableArray<int> Up)
{
    /// <summary>The blocks that keys of a single file tell of.</summary>
    public static AutoencoderLayout OfFile(KeyTree keys) => new(Counts(keys, "encoder.down", "block"), [.. Counts(keys, "decoder.up", "block").Reverse()]);

    /// <summary>The blocks that keys of a model folder's part tell of.</summary>
    public static AutoencoderLayout OfPart(KeyTree keys) => new(Counts(keys, "encoder.down_blocks", "resnets"), Counts(keys, "decoder.up_blocks", "resnets"));

    /// <summary>All modules under both names.</summary>
    public ImmutableArray<ModulePair> Modules() =>
    [
        new("quant_conv", "quant_conv"), new("post_quant_conv", "post_quant_conv"), .. Ends("encoder"), .. Ends("decoder"),
        .. Enumerable.Range(0, Down.Length).SelectMany(level => Level($"encoder.down.{level}", $"encoder.down_blocks.{level}", Down[level], "downsample")),
        .. Enumerable.Range(0, Up.Length).SelectMany(level => Level($"decoder.up.{Up.Length - 1 - level}", $"decoder.up_blocks.{level}", Up[level], "upsample")),
    ];

    private static ImmutableArray<int> Counts(KeyTree keys, string levels, string blocks) => [.. Enumerable.Range(0, keys.Count(levels)).Select(i => keys.Count($"{levels}.{i}.{blocks}"))];

    private static IEnumerable<ModulePair> Ends(string half) =>
    [
        new($"{half}.conv_in", $"{half}.conv_in"), new($"{half}.norm_out", $"{half}.conv_norm_out"), new($"{half}.conv_out", $"{half}.conv_out"),
        .. Block($"{half}.mid.block_1", $"{half}.mid_block.resnets.0"), .. Block($"{half}.mid.block_2", $"{half}.mid_block.resnets.1"),
        .. Attention($"{half}.mid.attn_1", $"{half}.mid_block.attentions.0"),
    ];

    private static IEnumerable<ModulePair> Level(string file, string part, int blocks, string sampler) =>
        [.. Enumerable.Range(0, blocks).SelectMany(i => Block($"{file}.block.{i}", $"{part}.resnets.{i}")), new($"{file}.{sampler}.conv", $"{part}.{sampler}rs.0.conv")];

    private static IEnumerable<ModulePair> Block(string file, string part) => [new(file, part), new($"{file}.nin_shortcut", $"{part}.conv_shortcut")];

    private static IEnumerable<ModulePair> Attention(string file, string part) =>
    [
        new($"{file}.norm", $"{part}.group_norm"), new($"{file}.q", $"{part}.to_q", TensorChange.Matrix), new($"{file}.k", $"{part}.to_k", TensorChange.Matrix),
        new($"{file}.v", $"{part}.to_v", TensorChange.Matrix), new($"{file}.proj_out", $"{part}.to_out.0", TensorChange.Matrix),
    ];
}
