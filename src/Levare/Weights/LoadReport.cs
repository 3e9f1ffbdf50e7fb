using System.Collections.Immutable;
using System.Text;

namespace Levare.Weights;

/// <summary>A tensor whose shape in the file is not the network's.</summary>
/// <param name="Key">The network's key.</param>
/// <param name="Stored">The shape in the file.</param>
/// <param name="Expected">The network's shape.</param>
public sealed record MisshapenTensor(string Key, ImmutableArray<long> Stored, ImmutableArray<long> Expected)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Key} [{string.Join(", ", Stored)}] where [{string.Join(", ", Expected)}] is expected";
}

/// <summary>What became of the keys of a weights file. Immutable.</summary>
/// <param name="Source">The file.</param>
/// <param name="Loaded">Keys of the network that were filled.</param>
/// <param name="Missing">Keys of the network that the file lacks; they keep their values.</param>
/// <param name="Unexpected">Keys of the file that the network does not have.</param>
/// <param name="Misshapen">Keys that both have in different shapes; they keep their values.</param>
public sealed record LoadReport(
    string Source, ImmutableArray<string> Loaded, ImmutableArray<string> Missing, ImmutableArray<string> Unexpected, ImmutableArray<MisshapenTensor> Misshapen)
{
    private const int Listed = 20;

    /// <summary>Whether every key found its partner.</summary>
    public bool IsComplete => Missing.IsEmpty && Unexpected.IsEmpty && Misshapen.IsEmpty;

    /// <summary>Throws where a key found no partner.</summary>
    /// <exception cref="InvalidDataException">The message lists the keys.</exception>
    public void ThrowIfIncomplete()
    {
        if (!IsComplete) throw new InvalidDataException($"{Source} does not fit the network.{Environment.NewLine}{this}");
    }

    /// <summary>The report as text, at most 20 keys of a kind.</summary>
    public override string ToString()
    {
        StringBuilder text = new($"{Loaded.Length} tensors loaded");
        List(text, "missing in the file", Missing);
        List(text, "unknown to the network", Unexpected);
        List(text, "of another shape", [.. Misshapen.Select(tensor => tensor.ToString())]);
        return text.ToString();
    }

    private static void List(StringBuilder text, string title, ImmutableArray<string> keys)
    {
        if (keys.IsEmpty) return;
        text.AppendLine().Append(keys.Length).Append(' ').Append(title).Append(": ").AppendJoin(", ", keys.Take(Listed));
        if (keys.Length > Listed) text.Append(", and ").Append(keys.Length - Listed).Append(" more");
    }
}
