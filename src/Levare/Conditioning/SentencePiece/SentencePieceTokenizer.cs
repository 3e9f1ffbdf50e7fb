using System.Collections.Immutable;
using System.Text;

namespace Levare.Conditioning.SentencePiece;

/// <summary>Splits texts into the most probable pieces of a vocabulary (unigram language model, Kudo 2018), number for number as the sentencepiece library does. Immutable and thread-safe.</summary>
internal sealed class SentencePieceTokenizer
{
    private const char Blank = '\u2581';

    // What stands for a letter that no piece has counts as this much less probable than the least probable piece.
    private const float UnknownPenalty = 10;
    private readonly SentencePieceModel _model;
    private readonly CharacterMap _map;
    private readonly PieceTrie _trie = new();
    private readonly int _unknown;
    private readonly float _unknownScore;

    /// <summary>A tokeniser of a model.</summary>
    /// <exception cref="InvalidDataException">The model is none of probabilities, or its table of replacements is broken.</exception>
    public SentencePieceTokenizer(SentencePieceModel model)
    {
        if (!model.IsUnigram) throw new InvalidDataException("the SentencePiece model is not of the unigram kind, which is the one that T5 has");
        _model = model;
        _map = new(model.CharacterMap);
        float[] scores = [.. model.Pieces.Where(piece => piece.Kind == PieceKind.Normal).Select(piece => piece.Score).DefaultIfEmpty(0)];
        (float least, float most) = (scores.Min(), scores.Max());
        _unknownScore = least - UnknownPenalty;
        for (int number = 0; number < model.Pieces.Length; number++)
        {
            VocabularyPiece piece = model.Pieces[number];
            if (piece.Kind == PieceKind.Unknown) _unknown = number;
            else if (piece.Kind == PieceKind.Normal) _trie.Add(piece.Text, number, piece.Score);
            // One that always is a piece beats any way of splitting it.
            else if (piece.Kind == PieceKind.UserDefined) _trie.Add(piece.Text, number, Encoding.UTF8.GetByteCount(piece.Text) * most - 0.1f);
        }
    }

    /// <summary>Reads a spiece.model file.</summary>
    /// <exception cref="InvalidDataException">It is no such file; the message names it.</exception>
    public static SentencePieceTokenizer Load(string path)
    {
        SentencePieceModel model = SentencePieceModel.Read(path);
        try
        {
            return new(model);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}.", e);
        }
    }

    /// <summary>The pieces; a piece's place is its number.</summary>
    public ImmutableArray<VocabularyPiece> Pieces => _model.Pieces;

    /// <summary>Appends the numbers of a text's pieces. Neighbours that are not known are one.</summary>
    public void Encode(string text, List<int> numbers)
    {
        int first = numbers.Count;
        foreach (int number in Split(Normalise(text)))
            if (number != _unknown || numbers.Count == first || numbers[^1] != _unknown) numbers.Add(number);
    }

    /// <summary>The text whose pieces are looked for: letters replaced, blanks as the model says.</summary>
    public string Normalise(string text)
    {
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(text);
        StringBuilder result = new(text.Length + 1);
        // A blank at the beginning is one behind a blank.
        bool isBehindBlank = _model.RemovesBlanks;
        while (!rest.IsEmpty)
        {
            int length = Replace(rest, out string letters);
            rest = rest[length..];
            string kept = isBehindBlank ? letters.TrimStart(' ') : letters;
            if (kept.Length == 0) continue;
            if (result.Length == 0 && _model.AddsBlank) result.Append(' ');
            result.Append(kept);
            isBehindBlank = _model.RemovesBlanks && kept.EndsWith(' ');
        }
        if (_model.RemovesBlanks) while (result.Length > 0 && result[^1] == ' ') result.Length--;
        return _model.EscapesBlanks ? result.Replace(' ', Blank).ToString() : result.ToString();
    }

    private int Replace(ReadOnlySpan<byte> text, out string letters)
    {
        int length = _map.Find(text, out letters);
        if (length > 0) return length;
        Rune.DecodeFromUtf8(text, out Rune rune, out length);
        letters = rune.ToString();
        return length;
    }

    // The most probable way to each place in the text, from left to right; of ways that are equally probable the first.
    private IEnumerable<int> Split(string text)
    {
        Step[] best = new Step[text.Length + 1];
        Array.Fill(best, new(-1, 0, float.NegativeInfinity));
        best[0] = new(-1, 0, 0);
        for (int from = 0; from < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(from), out _, out int letter);
            bool isKnown = false;
            foreach (PieceTrie.Match match in _trie.Matches(text, from))
            {
                Reach(from + match.Length, new(from, match.Number, match.Score + best[from].Score));
                isKnown |= match.Length == letter;
            }
            if (!isKnown) Reach(from + letter, new(from, _unknown, _unknownScore + best[from].Score));
            from += letter;
        }
        Stack<int> numbers = new();
        for (int at = text.Length; at > 0; at = best[at].From) numbers.Push(best[at].Number);
        return numbers;

        void Reach(int to, Step step)
        {
            if (best[to].From < 0 || step.Score > best[to].Score) best[to] = step;
        }
    }

    private readonly record struct Step(int From, int Number, float Score);
}
