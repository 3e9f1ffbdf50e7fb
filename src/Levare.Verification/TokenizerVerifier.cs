using System.Collections.Immutable;
using System.Text.Json;
using Levare.Conditioning.Clip;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>Texts and the numbers that a tokeniser gives for them: all must be equal.</summary>
public sealed class TokenizerVerifier : ICaseVerifier
{
    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) => golden.Name is "tokenizers/clip";

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        ClipTokenizer tokenizer = ClipTokenizer.LoadPairs(Path.Combine(golden.Folder, "..", "..", "..", "data", "clip", "bpe_simple_vocab_16e6.txt.gz"));
        using JsonDocument prompts = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(golden.Folder, "prompts.json")));
        JsonElement[] rows = [.. prompts.RootElement.EnumerateArray()];
        using Tensor padded = golden.Tensor("padded77");
        return
        [
            .. rows.Select(row => Equal(row, "input_ids", tokenizer.Encode(row.GetProperty("text").GetString()!))),
            .. rows.Take((int)padded.shape[0]).Select((row, i) => Equal($"padded {i}", tokenizer.EncodePadded(row.GetProperty("text").GetString()!).Numbers, [.. padded[i].data<long>().Select(number => (int)number)])),
        ];
    }

    private static Comparison Equal(JsonElement row, string key, ImmutableArray<int> actual) =>
        Equal($"{key} of {row.GetProperty("text").GetRawText()}", actual, [.. row.GetProperty(key).EnumerateArray().Select(number => number.GetInt32())]);

    private static Comparison Equal(string what, ImmutableArray<int> actual, ImmutableArray<int> expected) =>
        new($"{what}: [{string.Join(", ", actual)}] where [{string.Join(", ", expected)}] is expected", actual.SequenceEqual(expected) ? 0 : 1, 0);
}
