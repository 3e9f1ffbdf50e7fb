using System.Collections.Immutable;
using Levare.Conditioning.Tokenisers;

namespace Levare.Conditioning.Clip;

/// <summary>What the files of a CLIP tokeniser say.</summary>
/// <param name="Source">Where they are, for messages.</param>
/// <param name="Pieces">The number of each piece.</param>
/// <param name="Merges">Pairs of pieces, the first to join first.</param>
/// <param name="Added">Special and added tokens.</param>
/// <param name="Start">The number of the start of a text.</param>
/// <param name="End">The number of the end of a text.</param>
/// <param name="Padding">The number that fills up.</param>
/// <param name="Unknown">The number of what the vocabulary lacks.</param>
/// <param name="Length">Tokens of a text.</param>
internal sealed record ClipVocabulary(
    string Source,
    IReadOnlyDictionary<string, int> Pieces,
    IReadOnlyList<(string Left, string Right)> Merges,
    ImmutableArray<AddedToken> Added,
    int Start,
    int End,
    int Padding,
    int? Unknown,
    int Length)
{
    /// <summary>The length of the models that were published; also where a configuration names none.</summary>
    public const int StandardLength = 77;

    private static readonly ImmutableDictionary<string, string> StandardTokens = ImmutableDictionary.CreateRange(
    [
        KeyValuePair.Create("bos_token", "<|startoftext|>"), KeyValuePair.Create("eos_token", "<|endoftext|>"),
        KeyValuePair.Create("unk_token", "<|endoftext|>"), KeyValuePair.Create("pad_token", "<|endoftext|>"),
    ]);

    /// <summary>The encoding.</summary>
    public ByteLevelBpe Encoding(string endOfWord) => new(Pieces, Merges, endOfWord, Unknown, Source);

    /// <summary>Reads a folder: vocab.json and merges.txt, or tokenizer.json; tokenizer_config.json, special_tokens_map.json and added_tokens.json where they are.</summary>
    /// <exception cref="FileNotFoundException">The folder holds no tokeniser.</exception>
    /// <exception cref="InvalidDataException">A file is not sound; the message names it.</exception>
    public static ClipVocabulary Read(string folder)
    {
        TokenizerFiles files = TokenizerFiles.Open(folder);
        (IReadOnlyDictionary<string, int> pieces, IReadOnlyList<(string, string)> merges) = files.Bpe();
        SpecialTokens specials = files.Specials(StandardTokens, pieces);
        return new(folder, pieces, merges, specials.All, specials.Number("bos_token"), specials.Number("eos_token"), specials.Number("pad_token"),
            specials.Find("unk_token"), files.Length(StandardLength));
    }

    /// <summary>The vocabulary of all published CLIP models, which single files of weights leave out.</summary>
    /// <param name="padding">The token that fills up; that of CLIP's own models when null.</param>
    /// <exception cref="InvalidDataException">The vocabulary has no such token.</exception>
    public static ClipVocabulary Standard(string? padding = null) => OfPairs(StandardName, StandardPairs.Value, padding ?? StandardTokens["pad_token"]);

    private const string StandardName = "bpe_simple_vocab_16e6.txt.gz";

    private static readonly Lazy<IReadOnlyList<(string, string)>> StandardPairs = new(() =>
        TokenizerFiles.ReadPairs(typeof(ClipVocabulary).Assembly.GetManifestResourceStream($"Levare.Conditioning.Clip.{StandardName}")!, StandardName));

    private static ClipVocabulary OfPairs(string source, IReadOnlyList<(string Left, string Right)> pairs, string padding)
    {
        (string Left, string Right)[] merges = [.. pairs.Take(PublishedPairs)];
        string[] letters = [.. ByteLetters.All.Select(letter => letter.ToString())];
        string[] pieces = [.. letters, .. letters.Select(letter => letter + ClipTokenizer.EndOfWord), .. merges.Select(merge => merge.Left + merge.Right), StandardTokens["bos_token"], StandardTokens["eos_token"]];
        Dictionary<string, int> numbers = new(StringComparer.Ordinal);
        for (int i = 0; i < pieces.Length; i++) numbers.TryAdd(pieces[i], i);
        int start = numbers[StandardTokens["bos_token"]], end = numbers[StandardTokens["eos_token"]];
        if (!numbers.TryGetValue(padding, out int pad)) throw new InvalidDataException($"{source} has no token '{padding}' to pad with.");
        return new(source, numbers, merges, [new(StandardTokens["bos_token"], start), new(StandardTokens["eos_token"], end)], start, end, pad, end, StandardLength);
    }

    // The file goes on, and the model was trained with these.
    private const int PublishedPairs = 49152 - 256 - 2;
}
