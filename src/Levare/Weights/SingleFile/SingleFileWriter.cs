using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>The tensors of a single file, made of those of a model folder's parts: the way of <see cref="CheckpointLayout"/> back.</summary>
internal static class SingleFileWriter
{
    /// <summary>The tensors of one part under a file's keys.</summary>
    /// <param name="weights">The part's weights, which stay open until all is written.</param>
    /// <param name="kind">Its architecture.</param>
    /// <param name="prefix">What its keys in the file begin with.</param>
    /// <exception cref="InvalidDataException">The part has tensors that the layout has no place for; the message lists them.</exception>
    public static IEnumerable<PendingTensor> Tensors(IWeights weights, PartKind kind, string prefix)
    {
        Dictionary<string, string> stored = Names(weights, kind);
        KeyTranslation translation = new(PartLayout.ModulesOfPart(kind, new KeyTree(stored.Keys)));
        ILookup<string, TensorPair> byFile = stored.Keys.Select(translation.OfPart).OfType<TensorPair>().ToLookup(pair => pair.File, StringComparer.Ordinal);
        HashSet<string> placed = [.. byFile.SelectMany(pairs => pairs).Select(pair => pair.Part)];
        if (stored.Keys.Where(key => !placed.Contains(key)).Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } strangers)
            throw new InvalidDataException($"{weights.Path} has {strangers.Length} tensors that a single file has no place for: {string.Join(", ", strangers.Take(20))}.");
        return byFile.Select(pairs => Join(weights, prefix + pairs.Key, [.. pairs.OrderBy(pair => pair.Change)], stored));
    }

    // Keys as they are today, each with the key in the file: transformers writes text encoders with or without their outer module, and early autoencoders name their attention otherwise.
    private static Dictionary<string, string> Names(IWeights weights, PartKind kind)
    {
        bool isText = kind is PartKind.Clip or PartKind.OpenClip;
        bool isBare = isText && !weights.Entries.Keys.Any(key => key.StartsWith("text_model.", StringComparison.Ordinal));
        Dictionary<string, string> names = new(StringComparer.Ordinal);
        foreach (string key in weights.Entries.Keys)
        {
            if (kind == PartKind.OpenClip && key.EndsWith("position_ids", StringComparison.Ordinal)) continue;
            string today = isBare && !key.StartsWith("text_projection.", StringComparison.Ordinal) ? $"text_model.{key}"
                : kind == PartKind.Autoencoder ? CheckpointMap.LegacyAttention.Map(key)! : key;
            names[today] = key;
        }
        return names;
    }

    private static PendingTensor Join(IWeights weights, string key, TensorPair[] pairs, Dictionary<string, string> stored)
    {
        TensorChange change = pairs[0].Change;
        TensorEntry first = weights.Entries[stored[pairs[0].Part]];
        if (change.Third() is not null && pairs.Length != 3)
            throw new InvalidDataException($"{weights.Path} lacks queries, keys or values of '{key}'.");
        ImmutableArray<long> shape = change switch
        {
            TensorChange.Matrix when first.Shape.Length == 2 => [.. first.Shape, 1, 1],
            TensorChange.Transposed => [.. first.Shape.Reverse()],
            _ when change.Third() is not null => first.Shape.SetItem(0, 3 * first.Shape[0]),
            _ => first.Shape,
        };
        return new(key, first.Type, shape, () =>
        {
            using var scope = NewDisposeScope();
            return change.Undo([.. pairs.Select(pair => weights.Map(stored[pair.Part]))]).MoveToOuterDisposeScope();
        }) { Origin = weights.Describe(stored[pairs[0].Part]) };
    }
}
