using System.Text.Json;
using Levare.Conditioning.Clip;
using Levare.Conditioning.T5;
using Levare.Conditioning.Tokenisers;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>Texts and the numbers that tokenisers give for them: all must be equal.</summary>
/// <remarks>CLIP's vocabulary is the library's; the others are those of the data folder beside the golden cases.</remarks>
public sealed class TokenizerVerifier : ICaseVerifier
{
    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) => golden.Json.TryGetProperty("kind", out JsonElement kind) && kind.ValueEquals("tokenizer") && ClassOf(golden) is "clip" or "t5" or "gpt2";

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        string data = Path.Combine(golden.Folder, "..", "..", "..", "data");
        if (golden.Json.TryGetProperty("cases", out JsonElement cases)) return Inline([.. cases.EnumerateArray()], T5Tokenizer.Load(Path.Combine(data, "t5")));
        using JsonDocument prompts = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(golden.Folder, golden.Json.GetProperty("file").GetString()!)));
        JsonElement[] rows = [.. prompts.RootElement.EnumerateArray()];
        return ClassOf(golden) switch
        {
            "clip" => Clip(golden, rows, ClipTokenizer.Standard()),
            "t5" => T5(golden, rows, T5Tokenizer.Load(Path.Combine(data, "t5"))),
            _ => Gpt2(rows, Gpt2Tokenizer.Load(Path.Combine(data, "gpt2"))),
        };
    }

    private static IReadOnlyList<Comparison> Clip(GoldenCase golden, JsonElement[] rows, ClipTokenizer tokenizer) =>
    [
        .. rows.Select(row => Compare(row, "input_ids", tokenizer.Encode(Text(row)))),
        .. Padded(golden, "padded77", rows, text => tokenizer.EncodePadded(text).Numbers),
    ];

    private static IReadOnlyList<Comparison> T5(GoldenCase golden, JsonElement[] rows, T5Tokenizer tokenizer) =>
    [
        // Where transformers differs from the sentencepiece library, it is over special tokens that a text spells out, which the library does not know.
        .. rows.Select(row => Compare(row, row.TryGetProperty("transformers_ids", out _) ? "transformers_ids" : "sentencepiece_ids", tokenizer.Encode(Text(row)))),
        .. Padded(golden, "padded64", rows, text => tokenizer.EncodePadded(text, 64)),
    ];

    // Texts within case.json, with the spelling of each piece beside its number.
    private static IReadOnlyList<Comparison> Inline(JsonElement[] rows, T5Tokenizer tokenizer) =>
    [
        .. rows.Select(row => Compare(row, "ids", tokenizer.Encode(Text(row)))),
        .. rows.Where(row => row.TryGetProperty("tokens", out _)).Select(row => new Comparison($"spelling of {row.GetProperty("text").GetRawText()}",
            tokenizer.Spell(tokenizer.Encode(Text(row))).SequenceEqual(row.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()!)) ? 0 : 1, 0)),
    ];

    private static IReadOnlyList<Comparison> Gpt2(JsonElement[] rows, Gpt2Tokenizer tokenizer) =>
    [
        .. rows.Select(row => Compare(row, "input_ids", tokenizer.Encode(Text(row)))),
        .. rows.Select(row => new Comparison($"decoded {row.GetProperty("text").GetRawText()}", tokenizer.Decode(tokenizer.Encode(Text(row))) == Decoded(row) ? 0 : 1, 0)),
    ];

    private static IEnumerable<Comparison> Padded(GoldenCase golden, string name, JsonElement[] rows, Func<string, IEnumerable<int>> encode)
    {
        using Tensor padded = golden.Tensor(name);
        long[] numbers = [.. padded.data<long>()];
        int length = (int)padded.shape[1];
        for (int i = 0; i < padded.shape[0]; i++)
            yield return Compare($"{name}[{i}]", encode(Text(rows[i])), numbers[(i * length)..((i + 1) * length)].Select(number => (int)number));
    }

    private static string ClassOf(GoldenCase golden) => golden.Name.Split('/')[^1].Split('_')[0];

    private static string Text(JsonElement row) => row.GetProperty("text").GetString()!;

    private static string Decoded(JsonElement row) => row.TryGetProperty("decoded", out JsonElement decoded) ? decoded.GetString()! : Text(row);

    private static Comparison Compare(JsonElement row, string key, IEnumerable<int> actual) =>
        Compare($"{key} of {row.GetProperty("text").GetRawText()}", actual, row.GetProperty(key).EnumerateArray().Select(number => number.GetInt32()));

    private static Comparison Compare(string what, IEnumerable<int> actual, IEnumerable<int> expected) =>
        new($"{what}: [{string.Join(", ", actual)}] where [{string.Join(", ", expected)}] is expected", actual.SequenceEqual(expected) ? 0 : 1, 0);
}
