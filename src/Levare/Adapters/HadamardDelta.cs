using static TorchSharp.torch;

namespace Levare.Adapters;

/// <summary>LoHa (Hyeon-Woo et al. 2021, proposition 1; for convolutions proposition 3): scale * (first * second), element by element.</summary>
internal sealed class HadamardDelta : WeightDelta
{
    private readonly FactorPair _first, _second;
    private readonly double _scale;

    /// <exception cref="InvalidDataException">The two have other shapes.</exception>
    public HadamardDelta(FactorPair first, FactorPair second, double scale) : base(first.Shape)
    {
        if (!first.Shape.AsSpan().SequenceEqual(second.Shape.AsSpan()))
            throw new InvalidDataException($"the two factors of a LoHa are [{string.Join(", ", first.Shape)}] and [{string.Join(", ", second.Shape)}]");
        _first = first;
        _second = second;
        _scale = scale;
    }

    protected override Tensor Change(Tensor weight) => _first.Product(weight.device) * _second.Product(weight.device) * _scale;
}
