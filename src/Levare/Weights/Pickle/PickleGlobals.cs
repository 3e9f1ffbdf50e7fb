using System.Collections.Frozen;
using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>A name that a pickle imports, of those that tensors need.</summary>
internal sealed record PickleGlobal(string Name, ScalarType? Storage = null);

/// <summary>The whole list of what a pickle may name, and what calling it makes. Nothing else exists, so nothing else can run.</summary>
internal static class PickleGlobals
{
    // Torch's own tensors have 64 sides at most.
    private const int MostSides = 64;
    private const string OrderedDictionary = "collections.OrderedDict";
    private const string RebuildTensor = "torch._utils._rebuild_tensor_v2";
    private const string RebuildOldTensor = "torch._utils._rebuild_tensor";
    private const string RebuildParameter = "torch._utils._rebuild_parameter";

    private static readonly FrozenDictionary<string, PickleGlobal> Known = new[]
    {
        new PickleGlobal(OrderedDictionary), new PickleGlobal(RebuildTensor), new PickleGlobal(RebuildOldTensor), new PickleGlobal(RebuildParameter),
        Storage("Float", ScalarType.Float32), Storage("Double", ScalarType.Float64), Storage("Half", ScalarType.Float16), Storage("BFloat16", ScalarType.BFloat16),
        Storage("Long", ScalarType.Int64), Storage("Int", ScalarType.Int32), Storage("Short", ScalarType.Int16), Storage("Char", ScalarType.Int8),
        Storage("Byte", ScalarType.Byte), Storage("Bool", ScalarType.Bool),
    }.ToFrozenDictionary(global => global.Name, StringComparer.Ordinal);

    /// <summary>The global of a module and a name.</summary>
    /// <exception cref="InvalidDataException">It is not one that tensors need.</exception>
    public static PickleGlobal Find(string module, string name) =>
        Known.TryGetValue($"{module}.{name}", out PickleGlobal? found) ? found
            : throw new InvalidDataException($"it names {module}.{name}, which is no part of a tensor; nothing of it was run");

    /// <summary>What Python would get by calling a global.</summary>
    public static object? Call(PickleGlobal global, object?[] arguments) => (global.Name, arguments) switch
    {
        (OrderedDictionary, []) => new PickleDictionary(),
        (OrderedDictionary, [List<object?> pairs]) => FromPairs(pairs),
        (RebuildTensor or RebuildOldTensor, [PickleStorage storage, long offset, object?[] shape, object?[] strides, ..]) => View(storage, offset, Longs(shape), Longs(strides)),
        (RebuildParameter, [PickleTensor tensor, ..]) => tensor,
        _ => throw new InvalidDataException($"it calls {global.Name} with {arguments.Length} arguments of the wrong kinds"),
    };

    private static PickleGlobal Storage(string name, ScalarType type) => new($"torch.{name}Storage", type);

    private static PickleDictionary FromPairs(List<object?> pairs)
    {
        PickleDictionary dictionary = new();
        foreach (object? pair in pairs)
        {
            if (pair is List<object?> { Count: 2 } list) dictionary.Items.Add(new(list[0], list[1]));
            else if (pair is object?[] { Length: 2 } tuple) dictionary.Items.Add(new(tuple[0], tuple[1]));
            else throw new InvalidDataException("a dictionary is made of something else than pairs");
        }
        return dictionary;
    }

    private static PickleTensor View(PickleStorage storage, long offset, ImmutableArray<long> shape, ImmutableArray<long> strides)
    {
        try
        {
            long elements = TensorSizes.Elements(shape);
            if (strides.Length != shape.Length || strides.Any(stride => stride < 0) || offset < 0) throw new OverflowException();
            long last = offset;
            if (elements > 0)
                for (int i = 0; i < shape.Length; i++) last = checked(last + checked((shape[i] - 1) * strides[i]));
            if (elements > storage.Elements || (elements > 0 && last >= storage.Elements) || offset > storage.Elements) throw new OverflowException();
            return new(storage, offset, shape, strides);
        }
        catch (OverflowException e)
        {
            throw new InvalidDataException(
                $"a tensor of shape [{string.Join(", ", shape)}], strides [{string.Join(", ", strides)}] and offset {offset} does not fit into its storage of {storage.Elements} elements", e);
        }
    }

    private static ImmutableArray<long> Longs(object?[] values) => values.Length > MostSides
        ? throw new InvalidDataException($"a tensor has {values.Length} sides")
        : [.. values.Select(value => value as long? ?? throw new InvalidDataException("a shape holds something else than whole numbers"))];
}
