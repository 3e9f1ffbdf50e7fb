namespace Levare.Weights;

/// <summary>Asks keys with dots for what begins with what. Immutable.</summary>
/// <remarks>It takes no more memory than the keys: names of files can have as many dots as letters.</remarks>
internal sealed class KeyTree(IEnumerable<string> keys)
{
    private readonly string[] _keys = [.. keys.Order(StringComparer.Ordinal)];

    /// <summary>Whether there is such a key, or one that begins with it and a dot.</summary>
    public bool Has(string node) => StartsAt(node) == node || StartsAt($"{node}.")?.StartsWith($"{node}.", StringComparison.Ordinal) == true;

    /// <summary>How many of node.0, node.1, ... there are in a row.</summary>
    public int Count(string node)
    {
        int count = 0;
        while (Has($"{node}.{count}")) count++;
        return count;
    }

    // The first key from a text on, or null.
    private string? StartsAt(string text)
    {
        int found = Array.BinarySearch(_keys, text, StringComparer.Ordinal);
        int index = found < 0 ? ~found : found;
        return index < _keys.Length ? _keys[index] : null;
    }
}
