using System.Numerics;
using System.Runtime.InteropServices;
using Levare.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>Finds weights that are not finite, on all cores.</summary>
internal static class FiniteWeights
{
    private const int Portion = 1 << 20, SmallTensor = 1 << 16, Sample = 1 << 10;

    /// <summary>Throws where a tensor has values that are not finite.</summary>
    /// <remarks>
    /// Of large tensors that lie in the file only the ends are read: reading all of a model would take longer than all the rest of its loading. Damage seldom spares
    /// them; what they do not show <see cref="ModelFiles.ThrowIfNotFinite"/> finds.
    /// </remarks>
    /// <param name="weights">The file.</param>
    /// <param name="tensors">The network's tensors, under their names in <paramref name="weights"/>.</param>
    /// <exception cref="InvalidDataException">The message names file and key of the first such tensor.</exception>
    public static void CheckLoaded(IWeights weights, IReadOnlyList<(string Name, Tensor Tensor)> tensors) =>
        Check(weights, tensors, [.. tensors.SelectMany((pair, i) => weights.Entries[pair.Name].Type == pair.Tensor.dtype && pair.Tensor.NumberOfElements > SmallTensor
            ? Ends(pair.Tensor, i) : Portions(pair.Tensor, i))]);

    /// <summary>Throws where a tensor of a file has values that are not finite. All of them are read.</summary>
    /// <exception cref="InvalidDataException">The message names file and key of the first such tensor.</exception>
    public static void CheckAll(IWeights weights)
    {
        foreach (string name in weights.Entries.Keys.Order(StringComparer.Ordinal))
        {
            using Tensor tensor = weights.Map(name);
            Check(weights, [(name, tensor)], [.. Portions(tensor, 0)]);
        }
    }

    private static void Check(IWeights weights, IReadOnlyList<(string Name, Tensor Tensor)> tensors, (int Tensor, long Start, int Count)[] portions)
    {
        int[] broken = [.. portions.AsParallel().Where(portion => !IsFinite(tensors[portion.Tensor].Tensor, portion.Start, portion.Count)).Select(portion => portion.Tensor)];
        if (broken.Length == 0) return;
        int others = broken.Distinct().Count() - 1;
        throw new InvalidDataException($"{weights.Describe(tensors[broken.Min()].Name)} has values that are not finite (NaN or infinity){(others == 0 ? "" : $", and {others} more tensors have")}: the file is damaged, or its training went astray.");
    }

    private static IEnumerable<(int, long, int)> Portions(Tensor tensor, int index)
    {
        if (tensor.device_type != DeviceType.CPU || !tensor.is_contiguous() || !is_floating_point(tensor)) yield break;
        long count = tensor.NumberOfElements;
        for (long start = 0; start < count; start += Portion) yield return (index, start, (int)Math.Min(Portion, count - start));
    }

    private static IEnumerable<(int, long, int)> Ends(Tensor tensor, int index) =>
        tensor.device_type == DeviceType.CPU && tensor.is_contiguous() && is_floating_point(tensor)
            ? [(index, 0, Sample), (index, tensor.NumberOfElements - Sample, Sample)]
            : [];

    private static unsafe bool IsFinite(Tensor tensor, long start, int count)
    {
        byte* data = (byte*)NativeTensor.DataPointer(tensor);
        return tensor.dtype switch
        {
            ScalarType.Float32 => IsFinite(new ReadOnlySpan<uint>((uint*)data + start, count), 0x7F800000u),
            ScalarType.Float16 => IsFinite(new ReadOnlySpan<ushort>((ushort*)data + start, count), (ushort)0x7C00),
            ScalarType.BFloat16 => IsFinite(new ReadOnlySpan<ushort>((ushort*)data + start, count), (ushort)0x7F80),
            ScalarType.Float64 => IsFinite(new ReadOnlySpan<ulong>((ulong*)data + start, count), 0x7FF0000000000000ul),
            _ => true,
        };
    }

    // A number is infinite or none where all bits of its exponent are set.
    private static bool IsFinite<T>(ReadOnlySpan<T> bits, T exponent) where T : unmanaged, IBinaryInteger<T>
    {
        Vector<T> full = new(exponent), found = Vector<T>.Zero;
        ReadOnlySpan<Vector<T>> vectors = MemoryMarshal.Cast<T, Vector<T>>(bits);
        foreach (Vector<T> vector in vectors) found |= Vector.Equals(vector & full, full);
        foreach (T rest in bits[(vectors.Length * Vector<T>.Count)..])
            if ((rest & exponent) == exponent) return false;
        return found == Vector<T>.Zero;
    }
}
