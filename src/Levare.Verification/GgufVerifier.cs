using System.Text.Json;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>GGUF files: where each tensor lies, how it is stored, and its values, bit for bit.</summary>
public sealed class GgufVerifier : ICaseVerifier
{
    private const string Dequantised = "dequantized.";

    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) => golden.Json.TryGetProperty("kind", out JsonElement kind) && kind.GetString() is "gguf" or "gguf model forward";

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using GgufFile file = GgufFile.Open(Path.Combine(golden.Folder, golden.Json.GetProperty("file").GetString()!));
        if (golden.Json.TryGetProperty("class", out JsonElement network))
            throw new NotSupportedException($"{network.GetString()} is not supported yet; its {Readable(golden, file)} GGUF tensors are read");
        return [.. Directory(golden, file), .. Values(golden, file)];
    }

    private static IEnumerable<Comparison> Directory(GoldenCase golden, GgufFile file)
    {
        foreach (JsonElement expected in golden.Json.GetProperty("directory").EnumerateArray())
        {
            string name = expected.GetProperty("name").GetString()!;
            TensorEntry entry = file.Entries[name];
            bool isEqual = file.StoredType(name) == expected.GetProperty("type").GetString() && entry.Offset == expected.GetProperty("offset").GetInt64() && entry.Length == expected.GetProperty("bytes").GetInt64()
                && entry.Shape.Reverse().SequenceEqual(expected.GetProperty("shape_ggml").EnumerateArray().Select(side => side.GetInt64()));
            yield return new($"{name}: type, shape and place", isEqual ? 0 : 1, 0);
        }
    }

    private static IEnumerable<Comparison> Values(GoldenCase golden, GgufFile file) =>
        golden.Tensors.Entries.Keys.Where(key => key.StartsWith(Dequantised, StringComparison.Ordinal))
            .Select(key => Comparison.Of(key, file.Load(key[Dequantised.Length..], ScalarType.Float32), golden.Tensor(key), tolerance: 0));

    // Every tensor is of the type that the case says, and has values.
    private static int Readable(GoldenCase golden, GgufFile file)
    {
        foreach (JsonProperty type in golden.Json.GetProperty("types").EnumerateObject())
        {
            if (file.StoredType(type.Name) != type.Value.GetString()) throw new InvalidDataException($"'{type.Name}' is read as {file.StoredType(type.Name)}, where {type.Value} is expected");
            using Tensor values = file.Load(type.Name, ScalarType.Float32);
            if (!values.isfinite().all().item<bool>()) throw new InvalidDataException($"'{type.Name}' has values that are not finite");
        }
        return file.Entries.Count;
    }
}
