using System.Collections.Immutable;
using Levare.Weights;

namespace Levare.Hub;

/// <summary>The files that hold a part's weights in one form.</summary>
/// <param name="Variant">fp16, say; empty for plain weights.</param>
/// <param name="IsPickle">Whether they are torch's own format.</param>
/// <param name="Files">One file, or an index and its shards.</param>
internal sealed record WeightSet(string Variant, bool IsPickle, ImmutableArray<HubFile> Files)
{
    /// <summary>The forms that there are, each in the one spelling that would be opened.</summary>
    public static IEnumerable<WeightSet> Find(IEnumerable<HubFile> files)
    {
        (HubFile File, WeightFileName Name)[] weights = [.. files.Select(file => (File: file, Name: WeightFileName.Parse(file.Path[(file.Path.LastIndexOf('/') + 1)..])!)).Where(pair => pair.Name is not null)];
        return weights.Where(pair => !pair.Name.IsShard)
            .GroupBy(pair => (pair.Name.Variant, pair.Name.IsPickle))
            .Select(same => same.MinBy(pair => pair.Name.Rank))
            .OrderBy(opened => opened.Name.Variant, StringComparer.Ordinal)
            .Select(opened => new WeightSet(opened.Name.Variant, opened.Name.IsPickle, opened.Name.IsIndex
                ? [opened.File, .. weights.Where(pair => pair.Name == opened.Name with { IsIndex = false, IsShard = true }).Select(pair => pair.File)]
                : [opened.File]))
            .Where(set => set.Files.Length > 1 || !set.Files[0].Path.EndsWith(".json", StringComparison.Ordinal));
    }
}
