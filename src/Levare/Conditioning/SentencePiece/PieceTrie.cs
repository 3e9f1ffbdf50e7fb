namespace Levare.Conditioning.SentencePiece;

/// <summary>Finds all pieces that begin at a place in a text.</summary>
internal sealed class PieceTrie
{
    private readonly Dictionary<(int Node, char Letter), int> _children = [];
    private readonly List<(int Number, float Score)?> _nodes = [null];

    /// <summary>A piece that was found.</summary>
    public readonly record struct Match(int Length, int Number, float Score);

    /// <summary>Adds a piece. The first of two with one text counts; one without a text is never found.</summary>
    public void Add(string text, int number, float score)
    {
        if (text.Length == 0) return;
        int node = 0;
        foreach (char letter in text)
        {
            if (!_children.TryGetValue((node, letter), out int next))
            {
                _children.Add((node, letter), next = _nodes.Count);
                _nodes.Add(null);
            }
            node = next;
        }
        _nodes[node] ??= (number, score);
    }

    /// <summary>The pieces at a place, the shortest first.</summary>
    public IEnumerable<Match> Matches(string text, int from)
    {
        for (int node = 0, at = from; at < text.Length && _children.TryGetValue((node, text[at]), out node);)
        {
            at++;
            if (_nodes[node] is { } piece) yield return new(at - from, piece.Number, piece.Score);
        }
    }
}
