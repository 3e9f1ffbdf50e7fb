using System.Collections.Immutable;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Adapters;

/// <summary>A factor of a Kronecker product: a tensor as it is, or a product of smaller ones.</summary>
internal sealed class KroneckerFactor
{
    private readonly AdapterTensor? _whole;
    private readonly FactorPair? _pair;

    public KroneckerFactor(AdapterTensor whole)
    {
        if (whole.Shape.Length < 2) throw whole.Broken("is neither a matrix nor a kernel");
        _whole = whole;
    }

    public KroneckerFactor(FactorPair pair) => _pair = pair;

    public ImmutableArray<long> Shape => _whole?.Shape ?? _pair!.Shape;

    /// <summary>The rank; null for a tensor as it is.</summary>
    public long? Rank => _pair?.Rank;

    public Tensor Value(Device device) => _whole?.Load(device) ?? _pair!.Product(device);
}

/// <summary>LoKr (Edalati et al. 2022): scale * (first x second), the Kronecker product. The second factor may be a kernel.</summary>
internal sealed class KroneckerDelta : WeightDelta
{
    private readonly KroneckerFactor _first, _second;
    private readonly double _scale;

    /// <exception cref="OverflowException">No weight is as large as the product.</exception>
    public KroneckerDelta(KroneckerFactor first, KroneckerFactor second, double scale) : base(ShapeOf(first.Shape, second.Shape))
    {
        _first = first;
        _second = second;
        _scale = scale;
    }

    protected override Tensor Change(Tensor weight)
    {
        Tensor first = _first.Value(weight.device).flatten(1), second = _second.Value(weight.device);
        ImmutableArray<long> kernel = [.. second.shape[2..]];
        Tensor spread = first.reshape([first.shape[0], 1, first.shape[1], 1, .. kernel.Select(_ => 1L)]);
        return (spread * second.unsqueeze(1).unsqueeze(0)).reshape([.. Shape]) * _scale;
    }

    private static ImmutableArray<long> ShapeOf(ImmutableArray<long> first, ImmutableArray<long> second)
    {
        if (first.Skip(2).Any(side => side != 1)) throw new InvalidDataException($"the first factor of a LoKr, [{string.Join(", ", first)}], is not a matrix");
        ImmutableArray<long> shape = [checked(first[0] * second[0]), checked(first[1] * second[1]), .. second[2..]];
        TensorSizes.Elements(shape);
        return shape;
    }
}
