using System.Collections.Immutable;

namespace Levare.Weights;

/// <summary>One module, or one tensor, under its name in a single file and in a part of a model folder.</summary>
/// <param name="File">The key, or the beginning of keys up to a dot, in the file (without the part's prefix).</param>
/// <param name="Part">The same in the part.</param>
/// <param name="Change">How the tensors differ.</param>
internal sealed record ModulePair(string File, string Part, TensorChange Change = TensorChange.None);

/// <summary>One tensor under its key in a single file and in a part.</summary>
internal sealed record TensorPair(string File, string Part, TensorChange Change);

/// <summary>Finds partners of keys by the longest beginning that a list of module pairs knows. Immutable.</summary>
internal sealed class KeyTranslation(ImmutableArray<ModulePair> modules)
{
    private readonly ILookup<string, ModulePair> _byFile = modules.ToLookup(pair => pair.File, StringComparer.Ordinal);
    private readonly ILookup<string, ModulePair> _byPart = modules.ToLookup(pair => pair.Part, StringComparer.Ordinal);

    /// <summary>The tensors of the part that a key of the file becomes: three for a fused projection, none where no module knows it.</summary>
    public IEnumerable<TensorPair> OfFile(string key) => Longest(_byFile, key, out string rest).Select(pair => new TensorPair(key, pair.Part + rest, pair.Change));

    /// <summary>The tensor of the file that a key of the part becomes, or a third of; null where no module knows it.</summary>
    public TensorPair? OfPart(string key) => Longest(_byPart, key, out string rest).Select(pair => new TensorPair(pair.File + rest, key, pair.Change)).FirstOrDefault();

    private static IEnumerable<ModulePair> Longest(ILookup<string, ModulePair> lookup, string key, out string rest)
    {
        for (int end = key.Length; end > 0; end = key.LastIndexOf('.', end - 1))
        {
            rest = key[end..];
            if (lookup.Contains(key[..end])) return lookup[key[..end]];
        }
        rest = "";
        return [];
    }
}
