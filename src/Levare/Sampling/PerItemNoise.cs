using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Sampling;

/// <summary>A source with a seed for each row of the batch: a row's draws are those it would get alone, wherever in a batch it stands.</summary>
/// <remarks>The same numbers as a list of generators gives in Python's pipelines. One per run; not thread-safe.</remarks>
public sealed class PerItemNoise : INoiseSource, IDisposable
{
    private readonly SeededNoise[] _items;

    /// <summary>A source with a generator for each row.</summary>
    /// <param name="seeds">One for each row of the batch, in its order.</param>
    /// <param name="device">Where the draws go, the CPU when null.</param>
    public PerItemNoise(IEnumerable<long> seeds, Device? device = null)
    {
        _items = [.. seeds.Select(seed => new SeededNoise(seed, device))];
        if (_items.Length == 0) throw new ArgumentException("At least one seed is needed.", nameof(seeds));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The first size is not the number of seeds.</exception>
    public Tensor Draw(params long[] shape)
    {
        if (shape.Length == 0 || shape[0] != _items.Length)
            throw new ArgumentException($"There are {_items.Length} seeds: the draw must be [{_items.Length}, ...], not [{string.Join(", ", shape)}].", nameof(shape));
        using DisposeScope scope = NewDisposeScope();
        long[] row = [1, .. shape[1..]];
        return cat([.. _items.Select(item => item.Draw(row))], 0).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SeededNoise item in _items) item.Dispose();
    }
}
