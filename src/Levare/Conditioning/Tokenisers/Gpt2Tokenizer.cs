using System.Collections.Immutable;
using System.Text;

namespace Levare.Conditioning.Tokenisers;

/// <summary>GPT-2's tokeniser (Radford et al. 2019): every text has numbers, and they have the text back. Immutable and thread-safe.</summary>
public sealed class Gpt2Tokenizer
{
    private const string End = "<|endoftext|>";
    private static readonly ImmutableDictionary<string, string> StandardTokens = ImmutableDictionary.CreateRange(
        [KeyValuePair.Create("bos_token", End), KeyValuePair.Create("eos_token", End), KeyValuePair.Create("unk_token", End)]);

    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];
    private readonly ByteLevelBpe _bpe;
    private readonly AddedTokens _added;
    private readonly Dictionary<int, string> _pieces;
    private readonly ImmutableDictionary<int, string> _addedTexts;

    private Gpt2Tokenizer(ByteLevelBpe bpe, SpecialTokens specials, IReadOnlyDictionary<string, int> pieces)
    {
        _bpe = bpe;
        _added = new(specials.All);
        EndNumber = specials.Number("eos_token");
        _addedTexts = specials.All.ToImmutableDictionary(token => token.Number, token => token.Content);
        _pieces = pieces.Where(piece => !_addedTexts.ContainsKey(piece.Value)).ToDictionary(piece => piece.Value, piece => piece.Key);
    }

    /// <summary>The number of the end of a text.</summary>
    public int EndNumber { get; }

    /// <summary>Reads a folder: vocab.json and merges.txt, encoder.json and vocab.bpe, or tokenizer.json.</summary>
    /// <exception cref="FileNotFoundException">The folder holds no tokeniser.</exception>
    /// <exception cref="InvalidDataException">A file is not sound; the message names it.</exception>
    public static Gpt2Tokenizer Load(string folder)
    {
        TokenizerFiles files = TokenizerFiles.Open(folder);
        (IReadOnlyDictionary<string, int> pieces, IReadOnlyList<(string, string)> merges) = files.Bpe();
        return new(new(pieces, merges, endOfWord: "", unknown: null, folder), files.Specials(StandardTokens, pieces), pieces);
    }

    /// <summary>The numbers of a text.</summary>
    public ImmutableArray<int> Encode(string text)
    {
        List<int> numbers = [];
        foreach (TextSegment segment in _added.Split(text))
            if (segment.Token is { } token) numbers.AddRange(token.Numbers);
            else foreach (Range word in Words(segment.Text)) _bpe.Encode(Encoding.UTF8.GetBytes(segment.Text[word]), numbers);
        return [.. numbers];
    }

    /// <summary>The text of numbers; those that are not known are left out.</summary>
    public string Decode(IEnumerable<int> numbers)
    {
        StringBuilder text = new(), spelt = new();
        foreach (int number in numbers)
            if (_addedTexts.TryGetValue(number, out string? added))
            {
                text.Append(ByteLetters.Decode(spelt.ToString())).Append(added);
                spelt.Clear();
            }
            else spelt.Append(_pieces.GetValueOrDefault(number, ""));
        return text.Append(ByteLetters.Decode(spelt.ToString())).ToString();
    }

    // Contractions; runs of letters, digits or signs, each with one blank before it; white space, whose last letter stays with what follows.
    private static IEnumerable<Range> Words(string text)
    {
        for (int at = 0, length; at < text.Length; at += length)
        {
            length = WordAt(text.AsSpan(at));
            yield return at..(at + length);
        }
    }

    private static int WordAt(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'')
            foreach (string contraction in Contractions)
                if (text.StartsWith(contraction, StringComparison.Ordinal)) return contraction.Length;
        int before = text[0] == ' ' && text.Length > 1 && LetterKinds.At(text[1..], out _) != LetterKind.Blank ? 1 : 0;
        LetterKind kind = LetterKinds.At(text[before..], out int length);
        int run = LetterKinds.RunAt(text[before..], kind);
        // All white space is of one 16-bit unit.
        return kind == LetterKind.Blank && run < text.Length && run > length ? run - 1 : before + run;
    }
}
