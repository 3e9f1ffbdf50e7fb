using System.IO.Compression;
using System.Text.Json;
using Levare.Weights;

namespace Levare.Conditioning.Tokenisers;

/// <summary>The files of a byte-pair tokeniser's folder: vocab.json and merges.txt or tokenizer.json, and the configurations beside them.</summary>
internal sealed class TokenizerFiles
{
    private const long LargestMerges = 64 << 20;
    private static readonly (string Vocabulary, string Pairs)[] Separate = [("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe")];
    private readonly string _folder;
    private readonly JsonElement? _whole;
    private readonly JsonElement? _config;

    private TokenizerFiles(string folder, JsonElement? whole, JsonElement? config) => (_folder, _whole, _config) = (folder, whole, config);

    /// <summary>Opens a folder.</summary>
    /// <exception cref="FileNotFoundException">It holds no tokeniser.</exception>
    /// <exception cref="InvalidDataException">A file is no JSON object; the message names it.</exception>
    public static TokenizerFiles Open(string folder)
    {
        TokenizerFiles files = new(folder, ReadObject(folder, "tokenizer.json"), ReadObject(folder, "tokenizer_config.json"));
        return files._whole is not null || files.SeparateFiles is not null
            ? files
            : throw new FileNotFoundException($"{folder} holds no tokenizer: neither vocab.json and merges.txt nor tokenizer.json.");
    }

    /// <summary>The pieces and the pairs that are joined.</summary>
    /// <exception cref="InvalidDataException">They are not sound; the message names the file.</exception>
    public (IReadOnlyDictionary<string, int> Pieces, IReadOnlyList<(string Left, string Right)> Merges) Bpe()
    {
        if (SeparateFiles is { } files) return (Pieces(ReadObject(_folder, files.Vocabulary)!.Value, At(files.Vocabulary)), ReadPairs(At(files.Pairs)));
        string source = At("tokenizer.json");
        if (!_whole!.Value.TryGetProperty("model", out JsonElement model) || model.ValueKind != JsonValueKind.Object
            || !model.TryGetProperty("vocab", out JsonElement vocab) || !model.TryGetProperty("merges", out JsonElement merges) || merges.ValueKind != JsonValueKind.Array)
            throw new InvalidDataException($"{source} is no byte-pair tokenizer: its 'model' needs 'vocab' and 'merges'.");
        return (Pieces(vocab, source), [.. merges.EnumerateArray().Select(merge => Pair(merge, source))]);
    }

    /// <summary>The special and added tokens.</summary>
    /// <param name="standards">The roles (bos_token, eos_token, ...), each with its text where no file names one.</param>
    /// <param name="pieces">The vocabulary.</param>
    public SpecialTokens Specials(IReadOnlyDictionary<string, string> standards, IReadOnlyDictionary<string, int> pieces) =>
        SpecialTokens.Read(standards, pieces, _config, ReadObject(_folder, "special_tokens_map.json"), ReadObject(_folder, "added_tokens.json"), _whole, _folder);

    /// <summary>The number of tokens that the model takes; the default where the configuration names none, or no bound.</summary>
    /// <exception cref="InvalidDataException">There is no room for a start, an end and something between.</exception>
    public int Length(int otherwise)
    {
        if (_config is not { } config || !config.TryGetProperty("model_max_length", out JsonElement value) || value.ValueKind != JsonValueKind.Number) return otherwise;
        double length = value.GetDouble();
        if (length < 3) throw new InvalidDataException($"{At("tokenizer_config.json")}: 'model_max_length' is {length}, where at least 3 are expected.");
        return length > LongestText ? otherwise : (int)length;
    }

    /// <summary>Reads a list of pairs: one a line, apart by a blank, behind a line that tells the version. A .gz file is unpacked.</summary>
    /// <exception cref="InvalidDataException">The file is no such list.</exception>
    public static IReadOnlyList<(string Left, string Right)> ReadPairs(string path)
    {
        using FileStream file = File.OpenRead(path);
        return ReadPairs(file, path);
    }

    /// <summary>The same from a stream of a name.</summary>
    public static IReadOnlyList<(string Left, string Right)> ReadPairs(Stream file, string path)
    {
        using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using StreamReader lines = new(stream);
        List<(string, string)> pairs = [];
        long read = 0;
        while (lines.ReadLine() is { } line)
        {
            if ((read += line.Length + 1) > LargestMerges) throw new InvalidDataException($"{path} is larger than any list of pairs ({LargestMerges >> 20} MiB).");
            if (line.Length > 0 && !line.Contains(Version, StringComparison.Ordinal)) pairs.Add(Pair(line, path));
        }
        return pairs;
    }

    private const string Version = "#version";

    // Python writes 1e30 for a tokeniser that has no bound.
    private const double LongestText = 1 << 20;

    private (string Vocabulary, string Pairs)? SeparateFiles => Separate.Where(files => File.Exists(At(files.Vocabulary)) && File.Exists(At(files.Pairs)))
        .Select(files => ((string, string)?)files).FirstOrDefault();

    private string At(string name) => Path.Combine(_folder, name);

    private static JsonElement? ReadObject(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path)) return null;
        using JsonDocument document = JsonFile.Read(path);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? document.RootElement.Clone()
            : throw new InvalidDataException($"{path} is not a JSON object.");
    }

    private static Dictionary<string, int> Pieces(JsonElement vocabulary, string source)
    {
        if (vocabulary.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{source}: the vocabulary is not a JSON object.");
        Dictionary<string, int> pieces = new(StringComparer.Ordinal);
        foreach (JsonProperty piece in vocabulary.EnumerateObject())
            pieces[piece.Name] = piece.Value.ValueKind == JsonValueKind.Number && piece.Value.TryGetInt32(out int number) && number >= 0
                ? number
                : throw new InvalidDataException($"{source}: '{piece.Name}' has the number {piece.Value.GetRawText()}, where 0 or more is expected.");
        return pieces;
    }

    private static (string, string) Pair(JsonElement merge, string source) => merge.ValueKind switch
    {
        JsonValueKind.String => Pair(merge.GetString()!, source),
        JsonValueKind.Array when merge.GetArrayLength() == 2 && merge.EnumerateArray().All(piece => piece.ValueKind == JsonValueKind.String) => (merge[0].GetString()!, merge[1].GetString()!),
        _ => throw new InvalidDataException($"{source}: {merge.GetRawText()} is not a pair of pieces."),
    };

    private static (string, string) Pair(string line, string source) =>
        line.Split(' ') is [{ Length: > 0 } left, { Length: > 0 } right] ? (left, right) : throw new InvalidDataException($"{source}: '{line}' is not a pair of pieces.");
}
