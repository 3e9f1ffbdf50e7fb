using System.Collections;
using System.Collections.Immutable;
using Levare.Paths;

namespace Levare.Grids;

/// <summary>The noise levels that a sampler visits, from noise to data: n steps have n + 1 levels. Immutable and thread-safe.</summary>
public sealed partial class TimeGrid : IReadOnlyList<NoiseLevel>
{
    private readonly ImmutableArray<NoiseLevel> _levels;

    /// <summary>A grid of given levels.</summary>
    /// <exception cref="ArgumentException">There are fewer than two.</exception>
    public TimeGrid(IEnumerable<NoiseLevel> levels)
    {
        _levels = [.. levels];
        if (_levels.Length < 2) throw new ArgumentException("A time grid needs at least two levels.", nameof(levels));
    }

    /// <summary>The number of steps, one less than the number of levels.</summary>
    public int Steps => _levels.Length - 1;

    /// <inheritdoc/>
    public int Count => _levels.Length;

    /// <inheritdoc/>
    public NoiseLevel this[int index] => _levels[index];

    /// <summary>The same grid with one step between other levels.</summary>
    /// <param name="index">The step, from 0.</param>
    /// <param name="now">Where it starts.</param>
    /// <param name="next">Where it ends.</param>
    public TimeGrid WithStep(int index, NoiseLevel now, NoiseLevel next) => new(_levels.SetItem(index, now).SetItem(index + 1, next));

    /// <inheritdoc/>
    public IEnumerator<NoiseLevel> GetEnumerator() => ((IEnumerable<NoiseLevel>)_levels).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
