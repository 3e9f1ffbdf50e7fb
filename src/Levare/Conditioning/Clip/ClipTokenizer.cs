using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using Levare.Conditioning.Tokenisers;

namespace Levare.Conditioning.Clip;

/// <summary>CLIP's tokeniser (Radford et al. 2021), number for number that of transformers' fast one. Immutable and thread-safe.</summary>
/// <remarks>
/// Canonical composition, one blank for any white space, lower case; words, single digits and runs of signs are then byte-pair encoded, each by itself.
/// Special tokens that a text spells out become their numbers.
/// </remarks>
public sealed class ClipTokenizer
{
    internal const string EndOfWord = "</w>";
    private readonly ByteLevelBpe _bpe;
    private readonly ImmutableArray<AddedToken> _added;
    private readonly AddedTokens _asWritten;
    private readonly AddedTokens _normalised;
    private readonly ImmutableSortedDictionary<int, string> _spellings;
    private readonly ClipTextCleaning _cleaning;

    internal ClipTokenizer(ClipVocabulary vocabulary, ClipTextCleaning cleaning = ClipTextCleaning.Transformers)
        : this(vocabulary.Encoding(EndOfWord), vocabulary.Added, vocabulary.Spellings(), cleaning)
    {
        Length = vocabulary.Length;
        StartNumber = vocabulary.Start;
        EndNumber = vocabulary.End;
        PaddingNumber = vocabulary.Padding;
    }

    private ClipTokenizer(ByteLevelBpe bpe, ImmutableArray<AddedToken> added, ImmutableSortedDictionary<int, string> spellings, ClipTextCleaning cleaning)
    {
        _bpe = bpe;
        _added = added;
        _cleaning = cleaning;
        _asWritten = new(added.Where(token => !token.IsNormalised));
        _normalised = new(added.Where(token => token.IsNormalised).Select(token => token with { Content = ClipText.Normalise(token.Content) }));
        _spellings = spellings;
    }

    /// <summary>Tokens of a text for one pass of the encoder, start and end included: 77 in all published models.</summary>
    public int Length { get; private init; }

    /// <summary>The number of the start of a text.</summary>
    public int StartNumber { get; private init; }

    /// <summary>The number of the end of a text.</summary>
    public int EndNumber { get; private init; }

    /// <summary>The number that fills up: the end's for CLIP's own models, 0 for OpenCLIP's.</summary>
    public int PaddingNumber { get; private init; }

    /// <summary>One more than the largest number.</summary>
    public int Count => _spellings.IsEmpty ? 0 : _spellings.Keys.Last() + 1;

    /// <summary>Reads a model's tokenizer/ folder: vocab.json and merges.txt with their configurations, or tokenizer.json.</summary>
    /// <exception cref="FileNotFoundException">The folder has neither.</exception>
    /// <exception cref="InvalidDataException">A file is not sound; the message names it.</exception>
    public static ClipTokenizer Load(string folder) => new(ClipVocabulary.Read(folder));

    /// <summary>Reads bpe_simple_vocab_16e6.txt or .txt.gz, CLIP's own vocabulary, for checkpoints that come without a tokenizer/ folder.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cleaning">How texts are cleaned.</param>
    /// <exception cref="InvalidDataException">The file is no such vocabulary.</exception>
    public static ClipTokenizer LoadPairs(string path, ClipTextCleaning cleaning = ClipTextCleaning.Transformers) => new(ClipVocabulary.ReadPairs(path), cleaning);

    /// <summary>The numbers of a text alone, without start and end, however many.</summary>
    public ImmutableArray<int> Tokenize(string text)
    {
        List<int> numbers = [];
        foreach (TextSegment written in _asWritten.Split(ClipText.Clean(text, _cleaning)))
        {
            if (written.Number is { } special) numbers.Add(special);
            else foreach (TextSegment segment in _normalised.Split(ClipText.Normalise(written.Text)))
                if (segment.Number is { } number) numbers.Add(number);
                else Encode(segment.Text, numbers);
        }
        return [.. numbers];
    }

    /// <summary>Start, the numbers of a text, end, however many.</summary>
    public ImmutableArray<int> Encode(string text) => [StartNumber, .. Tokenize(text), EndNumber];

    /// <summary>A text cut or padded to <see cref="Length"/>, as a text encoder reads it.</summary>
    public ClipTokens EncodePadded(string text)
    {
        ImmutableArray<int> numbers = Tokenize(text);
        int kept = Math.Min(numbers.Length, Length - 2);
        return new(Wrap(numbers.AsSpan()[..kept]), numbers[kept..]);
    }

    /// <summary>Start, at most <see cref="Length"/> - 2 numbers, end, and padding to <see cref="Length"/>.</summary>
    /// <exception cref="ArgumentException">There are too many.</exception>
    public ImmutableArray<int> Wrap(ReadOnlySpan<int> numbers)
    {
        if (numbers.Length > Length - 2) throw new ArgumentException($"{numbers.Length} tokens do not fit into {Length} with start and end.", nameof(numbers));
        int[] wrapped = new int[Length];
        Array.Fill(wrapped, PaddingNumber);
        wrapped[0] = StartNumber;
        numbers.CopyTo(wrapped.AsSpan(1));
        wrapped[numbers.Length + 1] = EndNumber;
        return ImmutableCollectionsMarshal.AsImmutableArray(wrapped);
    }

    /// <summary>The text that numbers stand for: lower case, a blank after each word; those that are not known are left out.</summary>
    public string Decode(IEnumerable<int> numbers) =>
        ByteLetters.Decode(string.Concat(numbers.Select(number => _spellings.GetValueOrDefault(number, "")))).Replace(EndOfWord, " ", StringComparison.Ordinal).TrimEnd();

    /// <summary>This tokeniser with more tokens, which take the numbers from <see cref="Count"/> on, in order. This one stays as it is.</summary>
    /// <param name="tokens">Texts that are one token from now on, in any case of letters.</param>
    /// <exception cref="ArgumentException">A text is empty, or a token already.</exception>
    public ClipTokenizer With(params IEnumerable<string> tokens)
    {
        ImmutableArray<AddedToken> added = _added;
        ImmutableSortedDictionary<int, string> spellings = _spellings;
        int next = Count;
        foreach (string token in tokens)
        {
            if (string.IsNullOrWhiteSpace(token)) throw new ArgumentException("A token needs a text.", nameof(tokens));
            if (added.Any(other => other.Content == token)) throw new ArgumentException($"'{token}' is a token already.", nameof(tokens));
            added = added.Add(new(token, next, IsNormalised: true));
            spellings = spellings.Add(next++, token + EndOfWord);
        }
        return new(_bpe, added, spellings, _cleaning) { Length = Length, StartNumber = StartNumber, EndNumber = EndNumber, PaddingNumber = PaddingNumber };
    }

    private void Encode(string normalised, List<int> numbers)
    {
        foreach (Range word in ClipText.Words(normalised)) _bpe.Encode(Encoding.UTF8.GetBytes(normalised[word]), numbers);
    }

}
