using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>The element types of the safetensors format and their spelling.</summary>
public static class SafetensorsTypes
{
    private static readonly (string Name, ScalarType Type, int Size)[] Known =
    [
        ("F64", ScalarType.Float64, 8), ("F32", ScalarType.Float32, 4), ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2),
        ("I64", ScalarType.Int64, 8), ("I32", ScalarType.Int32, 4), ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    /// <summary>The bytes of one element.</summary>
    public static int Size(ScalarType type) => Known.First(known => known.Type == type).Size;

    /// <summary>The type of a spelling.</summary>
    /// <exception cref="NotSupportedException">It is not known; the message lists those that are.</exception>
    public static ScalarType Parse(string? name) =>
        Known.FirstOrDefault(known => known.Name == name) is { Name: not null } found
            ? found.Type
            : throw new NotSupportedException($"element type {name} is not known; known are {string.Join(", ", Known.Select(k => k.Name))}");

    /// <summary>The spelling of a type.</summary>
    /// <exception cref="NotSupportedException">The format has none.</exception>
    public static string Name(ScalarType type) =>
        Known.FirstOrDefault(known => known.Type == type) is { Name: not null } found
            ? found.Name
            : throw new NotSupportedException($"element type {type} cannot be stored in safetensors");
}
