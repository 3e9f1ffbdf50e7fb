using System.Globalization;
using Levare.Runtime;
using Levare.Weights;

namespace Levare.Cli.Inspection;

/// <summary>The weights of a model's part, counted.</summary>
/// <param name="Name">The part's folder.</param>
/// <param name="Class">Its class in Python.</param>
/// <param name="Parameters">Numbers in its weights; 0 where it has none.</param>
/// <param name="Types">The formats of the numbers.</param>
/// <param name="Bytes">The size of its folder.</param>
internal sealed record CountedPart(string Name, string Class, long Parameters, string Types, long Bytes);

/// <summary>Counting, and numbers as people read them.</summary>
internal static class ModelParts
{
    /// <summary>Counts a part.</summary>
    public static CountedPart Read(string folder, string name, string className)
    {
        if (!Directory.Exists(folder)) return new(name, className, 0, "missing", 0);
        long bytes = FileSize.OfFolder(folder);
        if (ModelComponent.WeightsIn(folder) is not { } path) return new(name, className, 0, "", bytes);
        using IWeights weights = WeightsFile.Open(path);
        return new(name, className, Parameters(weights), Types(weights), bytes);
    }

    /// <summary>All numbers of a file.</summary>
    public static long Parameters(IWeights weights) => weights.Entries.Values.Sum(entry => entry.Shape.Aggregate(1L, (product, side) => product * side));

    /// <summary>The formats of a file's numbers, the most frequent first.</summary>
    public static string Types(IWeights weights) =>
        string.Join(", ", weights.Entries.Values.GroupBy(entry => entry.Type).OrderByDescending(group => group.Count()).Select(group => SafetensorsTypes.Name(group.Key)));

    /// <summary>12.3 M, say.</summary>
    public static string Short(long number) => number switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e9:f2} G"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e6:f1} M"),
        >= 1_000 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e3:f1} k"),
        _ => number.ToString(CultureInfo.InvariantCulture),
    };
}
