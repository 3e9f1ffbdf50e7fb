namespace Levare.Weights;

/// <summary>Asks keys with dots for what begins with what. Immutable.</summary>
internal sealed class KeyTree
{
    private readonly HashSet<string> _nodes = new(StringComparer.Ordinal);

    public KeyTree(IEnumerable<string> keys)
    {
        foreach (string key in keys)
            for (int end = key.Length; end > 0 && _nodes.Add(key[..end]);) end = key.LastIndexOf('.', end - 1);
    }

    /// <summary>Whether there is such a key, or one that begins with it and a dot.</summary>
    public bool Has(string node) => _nodes.Contains(node);

    /// <summary>How many of node.0, node.1, ... there are in a row.</summary>
    public int Count(string node)
    {
        int count = 0;
        while (Has($"{node}.{count}")) count++;
        return count;
    }
}
