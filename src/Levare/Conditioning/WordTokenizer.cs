using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Levare.Conditioning;

/// <summary>Splits text into words and gives each the number that a trained vocabulary has for it.</summary>
/// <remarks>
/// Lower case, letters and digits only. A word that the vocabulary lacks becomes, in this order: what it is a synonym of, its singular,
/// the word that shares most of its letter triples, or nothing. Number 0 is padding. Immutable and thread-safe.
/// </remarks>
public sealed partial class WordTokenizer
{
    private const double LeastLikeness = 0.6;
    private readonly ImmutableArray<string> _words;
    private readonly ImmutableSortedDictionary<string, string> _synonyms;
    private readonly Dictionary<string, int> _numbers;

    /// <summary>A tokeniser of a vocabulary.</summary>
    /// <param name="words">The words; the first has number 1.</param>
    /// <param name="synonyms">Other words and the words of the vocabulary that stand for them, apart by blanks.</param>
    /// <param name="length">The number of words that a text is cut or padded to.</param>
    public WordTokenizer(IEnumerable<string> words, IReadOnlyDictionary<string, string> synonyms, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        _words = [.. words];
        _synonyms = synonyms.ToImmutableSortedDictionary(StringComparer.Ordinal);
        Length = length;
        _numbers = _words.Select((word, i) => (word, i)).ToDictionary(pair => pair.word, pair => pair.i + 1, StringComparer.Ordinal);
    }

    /// <summary>The number of words that a text is cut or padded to.</summary>
    public int Length { get; }

    /// <summary>How many numbers there are, padding included.</summary>
    public int Count => _words.Length + 1;

    /// <summary>The numbers of a text's words, padded with 0 to <see cref="Length"/>.</summary>
    public long[] Encode(string text)
    {
        long[] numbers = new long[Length];
        int at = 0;
        foreach (string word in Split(text).SelectMany(Known).Take(Length)) numbers[at++] = _numbers[word];
        return numbers;
    }

    /// <summary>The words of a text that nothing in the vocabulary stands for: a model does not see them.</summary>
    public IReadOnlyList<string> Unknown(string text) => [.. Split(text).Where(word => !Known(word).Any())];

    /// <summary>The words of a text: lower case, letters and digits.</summary>
    public static IEnumerable<string> Split(string text) => Word().Matches(text.ToLowerInvariant()).Select(match => match.Value);

    /// <summary>Reads a tokeniser that <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file is no such tokeniser.</exception>
    public static WordTokenizer Load(string path)
    {
        try
        {
            WordTokenizerFile file = JsonSerializer.Deserialize(File.ReadAllBytes(path), WordTokenizerJson.Default.WordTokenizerFile)
                ?? throw new InvalidDataException($"{path} is empty.");
            return new(file.Words, file.Synonyms, file.Length);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{path} is not a word vocabulary: {e.Message}", e);
        }
    }

    /// <summary>Writes the vocabulary as JSON.</summary>
    public void Save(string path) =>
        File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(new WordTokenizerFile(Length, [.. _words], _synonyms), WordTokenizerJson.Default.WordTokenizerFile));

    private IEnumerable<string> Known(string word)
    {
        if (_numbers.ContainsKey(word)) return [word];
        if (_synonyms.TryGetValue(word, out string? others)) return others.Split(' ').Where(_numbers.ContainsKey);
        foreach (string singular in Singulars(word))
        {
            if (_numbers.ContainsKey(singular)) return [singular];
            if (_synonyms.TryGetValue(singular, out others)) return others.Split(' ').Where(_numbers.ContainsKey);
        }
        string? nearest = word.Length < 4 ? null : _words.Where(other => other.Length >= 4).MaxBy(other => Likeness(word, other));
        return nearest is not null && Likeness(word, nearest) >= LeastLikeness ? [nearest] : [];
    }

    private static IEnumerable<string> Singulars(string word)
    {
        if (word.EndsWith("ies", StringComparison.Ordinal)) yield return word[..^3] + "y";
        if (word.EndsWith("es", StringComparison.Ordinal)) yield return word[..^2];
        if (word.EndsWith('s')) yield return word[..^1];
    }

    // Dice's coefficient of letter triples, the word's ends marked.
    private static double Likeness(string a, string b)
    {
        HashSet<string> first = Triples(a), second = Triples(b);
        int shared = first.Count(second.Contains);
        return 2.0 * shared / (first.Count + second.Count);
    }

    private static HashSet<string> Triples(string word)
    {
        string marked = $"^{word}$";
        return [.. Enumerable.Range(0, marked.Length - 2).Select(i => marked.Substring(i, 3))];
    }

    [GeneratedRegex(@"[\p{L}\p{N}’]+")]
    private static partial Regex Word();
}
