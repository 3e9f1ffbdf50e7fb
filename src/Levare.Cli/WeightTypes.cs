using static TorchSharp.torch;

namespace Levare.Cli;

/// <summary>Element types of weights as options name them.</summary>
internal static class WeightTypes
{
    private static readonly (string Name, ScalarType Type)[] Known = [("fp32", ScalarType.Float32), ("fp16", ScalarType.Float16), ("bf16", ScalarType.BFloat16)];

    /// <summary>All names, for help texts.</summary>
    public static string Names => string.Join(", ", Known.Select(known => known.Name));

    /// <summary>The type of a name.</summary>
    /// <exception cref="UsageException">It is not known.</exception>
    public static ScalarType Parse(string name) =>
        Known.FirstOrDefault(known => known.Name == name) is { Name: not null } found ? found.Type : throw new UsageException($"{name} is no element type of weights; those are {Names}.");
}
