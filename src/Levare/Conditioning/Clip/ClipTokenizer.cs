using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using Levare.Conditioning.Tokenisers;
using Levare.Weights;

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
    private readonly Lazy<Dictionary<int, string>> _pieces;

    internal ClipTokenizer(ClipVocabulary vocabulary)
        : this(vocabulary.Encoding(EndOfWord), vocabulary.Added, new(() => ByNumber(vocabulary)), vocabulary.Pieces.Values.Concat(vocabulary.Added.Select(token => token.Number)).DefaultIfEmpty(-1).Max() + 1)
    {
        Length = vocabulary.Length;
        StartNumber = vocabulary.Start;
        EndNumber = vocabulary.End;
        PaddingNumber = vocabulary.Padding;
    }

    private ClipTokenizer(ByteLevelBpe bpe, ImmutableArray<AddedToken> added, Lazy<Dictionary<int, string>> pieces, int count)
    {
        _bpe = bpe;
        _added = added;
        _asWritten = new(added.Where(token => !token.IsNormalised));
        _normalised = new(added.Where(token => token.IsNormalised).Select(token => token with { Content = ClipText.Normalise(token.Content) }));
        _pieces = pieces;
        Count = count;
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
    public int Count { get; }

    /// <summary>Reads a model's tokenizer/ folder: vocab.json and merges.txt with their configurations, or tokenizer.json.</summary>
    /// <exception cref="FileNotFoundException">The folder has neither.</exception>
    /// <exception cref="InvalidDataException">A file is not sound; the message names it.</exception>
    public static ClipTokenizer Load(string folder) => new(ClipVocabulary.Read(folder));

    /// <summary>Reads the tokeniser of a model: its files where it has a folder, else the vocabulary of all published CLIP models with the configuration's padding.</summary>
    /// <exception cref="InvalidDataException">A file is not sound; the message names it.</exception>
    public static ClipTokenizer Load(ModelComponent component)
    {
        if (component.Folder is { } folder) return Load(folder);
        return new(ClipVocabulary.Standard(new ConfigReader(component.Config, component.ConfigPath).Text("pad_token", null)));
    }

    /// <summary>The tokeniser of all published CLIP models, whose vocabulary is part of the library.</summary>
    public static ClipTokenizer Standard() => new(ClipVocabulary.Standard());

    /// <summary>The numbers of a text alone, without start and end, however many.</summary>
    public ImmutableArray<int> Tokenize(string text)
    {
        List<int> numbers = [];
        foreach (TextSegment written in _asWritten.Split(text))
        {
            if (written.Token is { } special) numbers.AddRange(special.Numbers);
            else foreach (TextSegment segment in _normalised.Split(ClipText.Normalise(written.Text)))
                if (segment.Token is { } token) numbers.AddRange(token.Numbers);
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
        ByteLetters.Decode(string.Concat(numbers.Select(Spell))).Replace(EndOfWord, " ", StringComparison.Ordinal).TrimEnd();

    /// <summary>This tokeniser with one token more, which takes the numbers from <see cref="Count"/> on. This one stays as it is.</summary>
    /// <param name="token">A text that is the token from now on, in any case of letters.</param>
    /// <param name="numbers">How many numbers it stands for: textual inversion may learn several.</param>
    /// <exception cref="ArgumentException">The text is empty, or a token already.</exception>
    public ClipTokenizer With(string token, int numbers = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numbers, 1);
        if (string.IsNullOrWhiteSpace(token)) throw new ArgumentException("A token needs a text.", nameof(token));
        string normalised = ClipText.Normalise(token);
        if (_added.Any(other => ClipText.Normalise(other.Content) == normalised)) throw new ArgumentException($"'{token}' is a token already.", nameof(token));
        AddedToken added = new(token, Count, IsNormalised: true, Count: numbers);
        return new(_bpe, _added.Add(added), _pieces, Count + numbers)
        {
            Length = Length, StartNumber = StartNumber, EndNumber = EndNumber, PaddingNumber = PaddingNumber,
        };
    }

    private string Spell(int number) => _added.FirstOrDefault(token => token.Numbers.Contains(number)) is { } added ? added.Content + EndOfWord : _pieces.Value.GetValueOrDefault(number, "");

    private static Dictionary<int, string> ByNumber(ClipVocabulary vocabulary)
    {
        Dictionary<int, string> pieces = new(vocabulary.Pieces.Count);
        foreach ((string piece, int number) in vocabulary.Pieces) pieces[number] = piece;
        return pieces;
    }

    private void Encode(string normalised, List<int> numbers)
    {
        foreach (Range word in ClipText.Words(normalised)) _bpe.Encode(Encoding.UTF8.GetBytes(normalised[word]), numbers);
    }

}
