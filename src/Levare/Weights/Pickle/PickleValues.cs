using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>A Python dictionary, in the order of its entries. Keys are not hashed: nothing in a pickle decides what runs here.</summary>
internal sealed class PickleDictionary
{
    public List<KeyValuePair<object?, object?>> Items { get; } = [];
}

/// <summary>A run of elements in the file that tensors look into.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Type">The element type.</param>
/// <param name="Elements">How many there are.</param>
internal sealed record PickleStorage(string Key, ScalarType Type, long Elements);

/// <summary>A tensor: a strided view of a storage, checked to stay inside it.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Offset">The first element.</param>
/// <param name="Shape">The shape.</param>
/// <param name="Strides">The steps between elements, one for each side.</param>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, ImmutableArray<long> Shape, ImmutableArray<long> Strides)
{
    /// <summary>How many elements lie between the first and the last, both included.</summary>
    public long Span => Shape.Contains(0) ? 0 : Shape.Zip(Strides, (side, stride) => (side - 1) * stride).Sum() + 1;

    /// <summary>Whether the elements lie one after the other.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int i = Shape.Length - 1; i >= 0; expected *= Shape[i--])
                if (Shape[i] != 1 && Strides[i] != expected) return false;
            return true;
        }
    }
}
