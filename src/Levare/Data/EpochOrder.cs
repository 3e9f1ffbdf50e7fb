namespace Levare.Data;

/// <summary>The order in which examples are seen: all of them once an epoch, shuffled anew for each, as a pure function of the seed.</summary>
/// <remarks>Thread-safe. The permutation of the last epoch asked for is kept; any other is made again from the seed.</remarks>
public sealed class EpochOrder
{
    private readonly int _count;
    private readonly long _seed;
    private volatile Epoch? _last;

    /// <summary>An order of so many examples.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are none.</exception>
    public EpochOrder(int count, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        (_count, _seed) = (count, seed);
    }

    /// <summary>The example at a position of the whole run; positions 0..count - 1 are the first epoch.</summary>
    public int this[long position] => Permutation(position / _count)[position % _count];

    private int[] Permutation(long number)
    {
        if (_last is { } last && last.Number == number) return last.Order;
        int[] order = [.. Enumerable.Range(0, _count)];
        SeededRandom random = new(_seed, number);
        for (int i = _count - 1; i > 0; i--)
        {
            int j = random.Next(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        _last = new(number, order);
        return order;
    }

    private sealed record Epoch(long Number, int[] Order);
}
