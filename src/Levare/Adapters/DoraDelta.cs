using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Adapters;

/// <summary>DoRA (Liu et al. 2024, equation 5): the changed weight W + D, brought to a learned length along one side; so the change is m (W + D) / |W + D| - W.</summary>
/// <remarks>It depends on the weight that it changes; an adapter's weight multiplies the whole change.</remarks>
internal sealed class DoraDelta : WeightDelta
{
    private readonly WeightDelta _direction;
    private readonly AdapterTensor _magnitude;
    private readonly int _side;

    /// <param name="direction">D.</param>
    /// <param name="magnitude">m: a length for each row, or, shaped [1, in, ...], for each column.</param>
    /// <param name="isOfRows">Whether the lengths are of rows whatever their shape.</param>
    /// <exception cref="InvalidDataException">There are other lengths than rows or columns.</exception>
    public DoraDelta(WeightDelta direction, AdapterTensor magnitude, bool isOfRows) : base(direction.Shape)
    {
        _direction = direction;
        _magnitude = magnitude;
        _side = isOfRows ? 0 : Side(magnitude.Shape);
        ImmutableArray<long> shape = direction.Shape;
        if (_side >= shape.Length || magnitude.Shape.Count(side => side != 1) > 1 || magnitude.Shape.Aggregate(1L, Math.Max) != shape[_side])
            throw magnitude.Broken($"does not hold a length for each of {shape[Math.Min(_side, shape.Length - 1)]} {(_side == 0 ? "rows" : "columns")}");
    }

    protected override Tensor Change(Tensor weight)
    {
        Tensor original = weight.to(ScalarType.Float32);
        Tensor changed = original + _direction.Compute(weight);
        long[] others = [.. Enumerable.Range(0, (int)weight.dim()).Where(side => side != _side).Select(side => (long)side)];
        long[] along = [.. weight.shape.Select((length, side) => side == _side ? length : 1)];
        // A row of zeros stays one: its length is not divided by.
        Tensor length = changed.square().sum(others, keepdim: true).sqrt().clamp_min(1e-30);
        return changed * (_magnitude.Load(weight.device).reshape(along) / length) - original;
    }

    private static int Side(ImmutableArray<long> shape) => shape.Length > 1 && shape[0] == 1 ? Math.Max(1, shape.ToList().FindIndex(side => side != 1)) : 0;
}
