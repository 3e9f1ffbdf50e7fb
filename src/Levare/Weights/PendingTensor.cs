using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>A tensor that is made when it is written, so that a model larger than the memory can be.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Type">The element type in the file.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Make">Makes it, of that shape and of any element type; the writer disposes of it.</param>
internal sealed record PendingTensor(string Name, ScalarType Type, ImmutableArray<long> Shape, Func<Tensor> Make)
{
    /// <summary>The file that it is of, and its key there, for messages; null for none.</summary>
    public string? Origin { get; init; }

    /// <summary>The number of its bytes in the file.</summary>
    /// <exception cref="NotSupportedException">The format has no such element type.</exception>
    /// <exception cref="OverflowException">The shape is absurd.</exception>
    public long Bytes
    {
        get
        {
            _ = SafetensorsTypes.Name(Type);
            return TensorSizes.Bytes(Shape, SafetensorsTypes.Size(Type));
        }
    }

    /// <summary>A tensor that is there already; it stays its owner's.</summary>
    public static PendingTensor Of(string name, Tensor tensor) => new(name, tensor.dtype, [.. tensor.shape], tensor.alias);

    /// <summary>A tensor of a file, in its own element type or another.</summary>
    public static PendingTensor Of(IWeights weights, string name, ScalarType? type = null)
    {
        TensorEntry entry = weights.Entries[name];
        return new(name, type ?? entry.Type, entry.Shape, () => weights.Map(name, type)) { Origin = weights.Describe(name) };
    }
}
