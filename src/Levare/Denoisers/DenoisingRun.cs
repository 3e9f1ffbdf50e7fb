using static TorchSharp.torch;

namespace Levare.Denoisers;

/// <summary>What belongs to one run of a sampler: what denoisers remember from one evaluation to the next, and the wish to stop.</summary>
/// <remarks>The sampler makes one for each run and disposes it at its end. Not thread-safe: a run is sequential.</remarks>
/// <param name="cancellation">Is signalled when the run is to stop.</param>
public sealed class DenoisingRun(CancellationToken cancellation = default) : IDisposable
{
    private readonly Dictionary<object, Tensor> _memory = new(ReferenceEqualityComparer.Instance);

    /// <summary>The step that is being taken, from 0 at the first of the run.</summary>
    public int Step { get; internal set; }

    /// <summary>The evaluation that the solver is waiting for, from 0 at the first of the run; guidance may call networks several times for it.</summary>
    public int Evaluation { get; internal set; } = -1;

    /// <summary>Throws when the run is to stop: to be called before each evaluation of a network.</summary>
    /// <exception cref="OperationCanceledException">It is to stop.</exception>
    public void ThrowIfCancelled() => cancellation.ThrowIfCancellationRequested();

    /// <summary>What an owner remembered last, or null; it stays the run's.</summary>
    public Tensor? Recall(object owner) => _memory.GetValueOrDefault(owner);

    /// <summary>Takes over a tensor until the owner remembers another or the run ends.</summary>
    public void Remember(object owner, Tensor tensor)
    {
        if (_memory.TryGetValue(owner, out Tensor? last) && !ReferenceEquals(last, tensor)) last.Dispose();
        _memory[owner] = tensor.DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _memory.Values) tensor.Dispose();
        _memory.Clear();
    }
}
