using System.Collections.Immutable;
using System.Globalization;
using Levare.Conditioning.SentencePiece;
using Levare.Conditioning.Tokenisers;

namespace Levare.Conditioning.T5;

/// <summary>T5's tokeniser (Raffel et al. 2020): the most probable pieces of a text, and an end. Immutable and thread-safe.</summary>
/// <remarks>The numbers are those of the sentencepiece library; the special tokens that a text spells out (<c>&lt;extra_id_0&gt;</c>, <c>&lt;/s&gt;</c>) are themselves.</remarks>
public sealed class T5Tokenizer
{
    /// <summary>The sentinels of all published models.</summary>
    public const int StandardSentinels = 100;

    private const int LargestSentinels = 1 << 16;
    private readonly SentencePieceTokenizer _pieces;
    private readonly AddedTokens _added;

    private T5Tokenizer(SentencePieceTokenizer pieces, int sentinels, string source)
    {
        _pieces = pieces;
        EndNumber = Find("</s>", source);
        PaddingNumber = Find("<pad>", source);
        Count = pieces.Pieces.Length + sentinels;
        IEnumerable<AddedToken> controls = pieces.Pieces.Select((piece, number) => (piece, number))
            .Where(item => item.piece.Kind is PieceKind.Control or PieceKind.Unknown).Select(item => new AddedToken(item.piece.Text, item.number));
        _added = new([.. controls, .. Enumerable.Range(0, sentinels).Select(i => new AddedToken(string.Create(CultureInfo.InvariantCulture, $"<extra_id_{i}>"), Count - 1 - i))]);
    }

    /// <summary>The number of the end of a text.</summary>
    public int EndNumber { get; }

    /// <summary>The number that fills up.</summary>
    public int PaddingNumber { get; }

    /// <summary>How many numbers there are, the sentinels included.</summary>
    public int Count { get; }

    /// <summary>Reads spiece.model, or the tokenizer/ folder that it lies in.</summary>
    /// <param name="path">The file or the folder.</param>
    /// <param name="sentinels">How many tokens <c>&lt;extra_id_0&gt;</c> and on there are behind the vocabulary, the first with the largest number.</param>
    /// <exception cref="InvalidDataException">It is no such file; the message names it.</exception>
    public static T5Tokenizer Load(string path, int sentinels = StandardSentinels)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sentinels);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sentinels, LargestSentinels);
        string file = Directory.Exists(path) ? Path.Combine(path, "spiece.model") : path;
        return new(SentencePieceTokenizer.Load(file), sentinels, file);
    }

    /// <summary>The numbers of a text and the end, however many.</summary>
    public ImmutableArray<int> Encode(string text)
    {
        List<int> numbers = [];
        foreach (TextSegment segment in _added.Split(text))
            if (segment.Token is { } token) numbers.AddRange(token.Numbers);
            else _pieces.Encode(segment.Text, numbers);
        return [.. numbers, EndNumber];
    }

    /// <summary>A text cut or padded to a length; what is cut off ends with the end all the same.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no room for the end.</exception>
    public ImmutableArray<int> EncodePadded(string text, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ImmutableArray<int> numbers = Encode(text);
        return numbers.Length > length ? [.. numbers.AsSpan()[..(length - 1)], EndNumber] : [.. numbers, .. Enumerable.Repeat(PaddingNumber, length - numbers.Length)];
    }

    /// <summary>The pieces of numbers as the vocabulary spells them, U+2581 for a blank.</summary>
    public IEnumerable<string> Spell(IEnumerable<int> numbers) => numbers.Select(number => number >= 0 && number < _pieces.Pieces.Length ? _pieces.Pieces[number].Text
        : string.Create(CultureInfo.InvariantCulture, $"<extra_id_{Count - 1 - number}>"));

    private int Find(string text, string source)
    {
        for (int number = 0; number < _pieces.Pieces.Length; number++)
            if (_pieces.Pieces[number].Text == text) return number;
        throw new InvalidDataException($"{source}: the vocabulary has no piece '{text}', which T5 needs.");
    }
}
