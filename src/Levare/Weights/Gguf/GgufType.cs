using System.Collections.Frozen;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>Turns one block of stored bytes into its values.</summary>
internal delegate void Dequantise(ReadOnlySpan<byte> block, Span<float> values);

/// <summary>An element type of the GGUF format.</summary>
/// <param name="Name">Its name in ggml.</param>
/// <param name="BlockValues">Values of a block; 1 for plain types.</param>
/// <param name="BlockBytes">Bytes of a block.</param>
/// <param name="Plain">Torch's type of the same bytes; null for quantised types.</param>
/// <param name="Dequantise">Turns a block into values; null for plain types.</param>
internal sealed record GgufType(string Name, int BlockValues, int BlockBytes, ScalarType? Plain, Dequantise? Dequantise)
{
    private static readonly FrozenDictionary<uint, GgufType> Known = new Dictionary<uint, GgufType>
    {
        [0] = Of("F32", 4, ScalarType.Float32), [1] = Of("F16", 2, ScalarType.Float16), [30] = Of("BF16", 2, ScalarType.BFloat16), [28] = Of("F64", 8, ScalarType.Float64),
        [24] = Of("I8", 1, ScalarType.Int8), [25] = Of("I16", 2, ScalarType.Int16), [26] = Of("I32", 4, ScalarType.Int32), [27] = Of("I64", 8, ScalarType.Int64),
        [2] = Of("Q4_0", 18, GgufBlocks.Q4_0), [3] = Of("Q4_1", 20, GgufBlocks.Q4_1), [6] = Of("Q5_0", 22, GgufBlocks.Q5_0), [7] = Of("Q5_1", 24, GgufBlocks.Q5_1),
        [8] = Of("Q8_0", 34, GgufBlocks.Q8_0), [20] = Of("IQ4_NL", 18, GgufBlocks.IQ4_NL),
        [10] = OfSuper("Q2_K", 84, GgufSuperBlocks.Q2_K), [11] = OfSuper("Q3_K", 110, GgufSuperBlocks.Q3_K), [12] = OfSuper("Q4_K", 144, GgufSuperBlocks.Q4_K),
        [13] = OfSuper("Q5_K", 176, GgufSuperBlocks.Q5_K), [14] = OfSuper("Q6_K", 210, GgufSuperBlocks.Q6_K), [23] = OfSuper("IQ4_XS", 136, GgufSuperBlocks.IQ4_XS),
    }.ToFrozenDictionary();

    // Types that files can have and that are not read.
    private static readonly FrozenDictionary<uint, string> Others = new Dictionary<uint, string>
    {
        [9] = "Q8_1", [15] = "Q8_K", [16] = "IQ2_XXS", [17] = "IQ2_XS", [18] = "IQ3_XXS", [19] = "IQ1_S", [21] = "IQ3_S", [22] = "IQ2_S", [29] = "IQ1_M",
        [34] = "TQ1_0", [35] = "TQ2_0", [39] = "MXFP4",
    }.ToFrozenDictionary();

    /// <summary>The type of values that are read.</summary>
    public ScalarType Result => Plain ?? ScalarType.Float32;

    /// <summary>The type of a number.</summary>
    /// <exception cref="NotSupportedException">It is not known; the message lists those that are.</exception>
    public static GgufType Find(uint number) => Known.TryGetValue(number, out GgufType? type) ? type
        : throw new NotSupportedException(
            $"the element type {(Others.TryGetValue(number, out string? name) ? name : $"number {number}")} is not known; known are {string.Join(", ", Known.OrderBy(pair => pair.Key).Select(pair => pair.Value.Name))}");

    private static GgufType Of(string name, int bytes, ScalarType plain) => new(name, 1, bytes, plain, null);

    private static GgufType Of(string name, int bytes, Dequantise dequantise) => new(name, GgufBlocks.Values, bytes, null, dequantise);

    private static GgufType OfSuper(string name, int bytes, Dequantise dequantise) => new(name, GgufSuperBlocks.Values, bytes, null, dequantise);
}
