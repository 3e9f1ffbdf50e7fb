using Levare.Paths;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Sampling;

/// <summary>A source with a seed for each row of the batch: a row's draws are those it would get alone, wherever in a batch it stands.</summary>
/// <remarks>The same numbers as a list of generators gives in Python's pipelines. One per run; not thread-safe.</remarks>
public sealed class PerItemNoise : INoiseSource, IDisposable
{
    private readonly INoiseSource[] _items;

    /// <summary>A source with a generator for each row.</summary>
    /// <param name="seeds">One for each row of the batch, in its order.</param>
    /// <param name="device">Where the draws go, the CPU when null.</param>
    public PerItemNoise(IEnumerable<long> seeds, Device? device = null)
        : this(seeds.Select(seed => new SeededNoise(seed, device)))
    {
    }

    /// <summary>A source of a source for each row, a <see cref="BrownianTree"/> of its own, say.</summary>
    /// <param name="items">One for each row of the batch, in its order; they are disposed with this one.</param>
    public PerItemNoise(IEnumerable<INoiseSource> items)
    {
        _items = [.. items];
        if (_items.Length == 0) throw new ArgumentException("At least one seed is needed.", nameof(items));
    }

    /// <inheritdoc/>
    public long? Rows => _items.Length;

    /// <inheritdoc/>
    public INoiseSource First => _items[0];

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The first size is not the number of seeds.</exception>
    public Tensor Draw(params long[] shape) => ByRow(shape, (item, row) => item.Draw(row));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The first size is not the number of seeds.</exception>
    public Tensor Draw(NoiseLevel from, NoiseLevel to, params long[] shape) => ByRow(shape, (item, row) => item.Draw(from, to, row));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (INoiseSource item in _items) (item as IDisposable)?.Dispose();
    }

    private Tensor ByRow(long[] shape, Func<INoiseSource, long[], Tensor> draw)
    {
        if (shape.Length == 0 || shape[0] != _items.Length)
            throw new ArgumentException($"There are {_items.Length} seeds: the draw must be [{_items.Length}, ...], not [{string.Join(", ", shape)}].", nameof(shape));
        using DisposeScope scope = NewDisposeScope();
        long[] row = [1, .. shape[1..]];
        return cat([.. _items.Select(item => draw(item, row))], 0).MoveToOuterDisposeScope();
    }
}
