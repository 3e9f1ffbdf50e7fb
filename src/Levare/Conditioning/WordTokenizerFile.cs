using System.Text.Json.Serialization;

namespace Levare.Conditioning;

internal sealed record WordTokenizerFile(int Length, IReadOnlyList<string> Words, IReadOnlyDictionary<string, string> Synonyms);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, IndentSize = 1)]
[JsonSerializable(typeof(WordTokenizerFile))]
internal sealed partial class WordTokenizerJson : JsonSerializerContext;
