using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Adapters;

/// <summary>LoRA (Hu et al. 2021): scale * up down. In a convolution, down keeps the kernel; with a middle factor (CP decomposition) that does.</summary>
internal sealed class LowRankDelta : WeightDelta
{
    private readonly AdapterTensor _up, _down;
    private readonly AdapterTensor? _mid;
    private readonly double _scale;

    /// <param name="up">[out, rank], or with sides of 1 behind.</param>
    /// <param name="down">[rank, in, kernel]; [rank, in] where there is a middle factor.</param>
    /// <param name="mid">[rank, rank, kernel], or null.</param>
    /// <param name="scale">What the product is multiplied with.</param>
    /// <exception cref="InvalidDataException">The shapes do not fit together.</exception>
    public LowRankDelta(AdapterTensor up, AdapterTensor down, AdapterTensor? mid, double scale) : base(ShapeOf(up, down, mid))
    {
        _up = up;
        _down = down;
        _mid = mid;
        _scale = scale;
    }

    protected override Tensor Change(Tensor weight)
    {
        Tensor up = _up.Load(weight.device).flatten(1), down = _down.Load(weight.device).flatten(1);
        if (_mid is null) return up.mm(down) * _scale;
        Tensor inner = einsum("ab...,bi->ai...", _mid.Load(weight.device), down);
        return up.mm(inner.flatten(1)) * _scale;
    }

    private static ImmutableArray<long> ShapeOf(AdapterTensor up, AdapterTensor down, AdapterTensor? mid)
    {
        up.Matrix();
        if (down.Shape.Length < 2) throw down.Broken("is neither a matrix nor a kernel");
        if (mid is null)
            return up.Shape[1] == down.Shape[0] ? [up.Shape[0], .. down.Shape[1..]] : throw up.Unlike(down);
        down.Matrix();
        if (mid.Shape.Any(side => side > FactorPair.LargestCore)) throw mid.Broken($"is of a larger rank than {FactorPair.LargestCore}");
        if (mid.Shape.Length < 2 || up.Shape[1] != mid.Shape[0]) throw mid.Unlike(up);
        return mid.Shape[1] == down.Shape[0] ? [up.Shape[0], down.Shape[1], .. mid.Shape[2..]] : throw mid.Unlike(down);
    }
}
