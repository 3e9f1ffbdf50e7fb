using Levare.Training;

namespace Levare.Data;

/// <summary>Prepares the batches that follow the last one asked for, on a thread of its own. The batches are those of the source.</summary>
/// <remarks>One reader. Asking for any other number than the next is allowed and costs the time of one batch.</remarks>
public sealed class PrefetchedBatches : IBatchSource, IDisposable
{
    private readonly IBatchSource _source;
    private readonly int _ahead;
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Task<TrainingBatch>> _coming = [];
    private Task _last = Task.CompletedTask;
    private bool _disposed;

    /// <summary>Wraps a source that may be read from another thread.</summary>
    /// <param name="source">Where batches come from.</param>
    /// <param name="ahead">How many batches are kept ready.</param>
    public PrefetchedBatches(IBatchSource source, int ahead = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ahead, 1);
        (_source, _ahead) = (source, ahead);
    }

    /// <inheritdoc/>
    public TrainingBatch Read(long number)
    {
        Task<TrainingBatch>? wanted;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            foreach (long stale in _coming.Keys.Where(key => key < number || key > number + _ahead).ToArray()) Drop(stale);
            _coming.Remove(number, out wanted);
            for (long next = number + 1; next <= number + _ahead; next++)
                if (!_coming.ContainsKey(next)) _coming[next] = Enqueue(next);
        }
        return wanted is null ? _source.Read(number) : wanted.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Task last;
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            foreach (long number in _coming.Keys.ToArray()) Drop(number);
            last = _last;
        }
        // The source may be disposed after this, so nothing may still be reading it.
        last.Wait();
    }

    // One after the other: the source is read by one thread besides the caller's.
    private Task<TrainingBatch> Enqueue(long number)
    {
        Task<TrainingBatch> task = _last.ContinueWith(_ => _source.Read(number), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _last = task.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return task;
    }

    private void Drop(long number)
    {
        if (!_coming.Remove(number, out Task<TrainingBatch>? dropped)) return;
        _ = dropped.ContinueWith(done =>
        {
            if (!done.IsCompletedSuccessfully) return;
            done.Result.Data.Dispose();
            foreach (var tensor in done.Result.Condition.Tensors.Values) tensor.Dispose();
        }, TaskScheduler.Default);
    }
}
