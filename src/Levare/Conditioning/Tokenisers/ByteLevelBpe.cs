using System.Runtime.InteropServices;

namespace Levare.Conditioning.Tokenisers;

/// <summary>Byte-pair encoding over bytes (Sennrich et al. 2016; Radford et al. 2019): the bytes of a word are joined pair by pair, in the order in which training found the pairs.</summary>
/// <remarks>Files spell bytes as letters: those that print as themselves, the others as U+0100 and on. Immutable and thread-safe.</remarks>
internal sealed class ByteLevelBpe
{
    private readonly IReadOnlyDictionary<string, int> _vocabulary;
    private readonly Dictionary<long, Merge> _merges;
    private readonly int?[] _inner = new int?[256];
    private readonly int?[] _last = new int?[256];

    /// <summary>An encoding.</summary>
    /// <param name="vocabulary">The number of each piece; it is kept, and not changed from now on.</param>
    /// <param name="merges">Pairs of pieces, the first to join first.</param>
    /// <param name="endOfWord">What the spelling of a word's last byte ends with; empty for nothing.</param>
    /// <param name="unknown">The number of bytes that the vocabulary lacks; without one they are left out.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <exception cref="InvalidDataException">A pair, or what it becomes, is not in the vocabulary.</exception>
    public ByteLevelBpe(IReadOnlyDictionary<string, int> vocabulary, IReadOnlyCollection<(string Left, string Right)> merges, string endOfWord, int? unknown, string source)
    {
        _vocabulary = vocabulary;
        _merges = new(merges.Count);
        int rank = 0;
        foreach ((string left, string right) in merges)
            _merges[Pair(Number(left, source), Number(right, source))] = new(rank++, Number(left + right, source));
        for (int value = 0; value < 256; value++)
        {
            _inner[value] = Find(ByteLetters.Of((byte)value).ToString()) ?? unknown;
            _last[value] = Find(ByteLetters.Of((byte)value) + endOfWord) ?? unknown;
        }
    }

    /// <summary>The number of a piece as the vocabulary spells it, or null.</summary>
    public int? Find(string piece) => _vocabulary.TryGetValue(piece, out int number) ? number : null;

    /// <summary>Appends the numbers of one word's pieces.</summary>
    public void Encode(ReadOnlySpan<byte> word, List<int> numbers)
    {
        Span<Piece> pieces = Split(word);
        PriorityQueue<Candidate, (int Rank, int At)> candidates = new();
        for (int i = 0; i + 1 < pieces.Length; i++) Consider(pieces, i, candidates);
        while (candidates.TryDequeue(out Candidate pair, out (int Rank, int At) order))
        {
            ref Piece left = ref pieces[order.At];
            // A pair that an earlier merge took apart is stale.
            if (left.Number != pair.Left || left.Next < 0 || pieces[left.Next].Number != pair.Right) continue;
            left.Number = pair.Merged;
            ref Piece right = ref pieces[left.Next];
            right.Number = Joined;
            left.Next = right.Next;
            if (left.Next >= 0) pieces[left.Next].Previous = order.At;
            Consider(pieces, order.At, candidates);
            if (left.Previous >= 0) Consider(pieces, left.Previous, candidates);
        }
        for (int i = pieces.Length > 0 ? 0 : -1; i >= 0; i = pieces[i].Next) numbers.Add(pieces[i].Number);
    }

    private const int Joined = -1;

    private Span<Piece> Split(ReadOnlySpan<byte> word)
    {
        List<Piece> pieces = new(word.Length);
        for (int i = 0; i < word.Length; i++)
            if ((i + 1 == word.Length ? _last : _inner)[word[i]] is { } number) pieces.Add(new() { Number = number });
        Span<Piece> span = CollectionsMarshal.AsSpan(pieces);
        for (int i = 0; i < span.Length; i++) (span[i].Previous, span[i].Next) = (i - 1, i + 1 < span.Length ? i + 1 : -1);
        return span;
    }

    private void Consider(ReadOnlySpan<Piece> pieces, int at, PriorityQueue<Candidate, (int, int)> candidates)
    {
        if (pieces[at].Next < 0) return;
        (int left, int right) = (pieces[at].Number, pieces[pieces[at].Next].Number);
        if (_merges.TryGetValue(Pair(left, right), out Merge merge)) candidates.Enqueue(new(left, right, merge.Number), (merge.Rank, at));
    }

    private static long Pair(int left, int right) => (long)left << 32 | (uint)right;

    private int Number(string piece, string source) =>
        Find(piece) ?? throw new InvalidDataException($"{source}: the pairs need the piece '{piece}', which the vocabulary lacks.");

    private readonly record struct Merge(int Rank, int Number);

    private readonly record struct Candidate(int Left, int Right, int Merged);

    private struct Piece
    {
        public int Number;
        public int Previous;
        public int Next;
    }
}
