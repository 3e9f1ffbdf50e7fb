using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Adapters;

/// <summary>A matrix as the product of two, a b; or a kernel as their product with a core (Tucker decomposition), whose factors stand the other way round.</summary>
internal sealed class FactorPair
{
    // Between core and factors lies a tensor of rank x in x kernel, which a file of a few bytes could make larger than any memory.
    public const long LargestCore = 4096;
    private readonly AdapterTensor _a, _b;
    private readonly AdapterTensor? _core;

    /// <param name="a">[out, rank]; with a core [rank, out].</param>
    /// <param name="b">[rank, in], where in may be channels times kernel; with a core [rank, channels].</param>
    /// <param name="core">[rank, rank, kernel], or null.</param>
    /// <exception cref="InvalidDataException">The shapes do not fit together.</exception>
    public FactorPair(AdapterTensor a, AdapterTensor b, AdapterTensor? core)
    {
        _a = a.Matrix();
        _b = b.Matrix();
        _core = core;
        if (core is null)
        {
            if (a.Shape[1] != b.Shape[0]) throw a.Unlike(b);
            Shape = [a.Shape[0], b.Shape[1]];
            return;
        }
        if (core.Shape.Any(side => side > LargestCore)) throw core.Broken($"is of a larger rank than {LargestCore}");
        if (core.Shape.Length < 2 || core.Shape[0] != a.Shape[0]) throw core.Unlike(a);
        if (core.Shape[1] != b.Shape[0]) throw core.Unlike(b);
        Shape = [a.Shape[1], b.Shape[1], .. core.Shape[2..]];
    }

    /// <summary>[out, in], or [out, channels, kernel].</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>The rank.</summary>
    public long Rank => _b.Shape[0];

    /// <summary>The product in float32.</summary>
    public Tensor Product(Device device)
    {
        Tensor a = _a.Load(device).flatten(1), b = _b.Load(device).flatten(1);
        if (_core is null) return a.mm(b);
        Tensor inner = einsum("rs...,si->ri...", _core.Load(device), b);
        return einsum("ro,r...->o...", a, inner);
    }
}
