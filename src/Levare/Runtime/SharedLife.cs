namespace Levare.Runtime;

/// <summary>Things that several owners use: they go when the last of them has let go. Thread-safe.</summary>
/// <param name="things">What is disposed then, in this order.</param>
internal sealed class SharedLife(params IReadOnlyList<IDisposable> things)
{
    private int _holders;
    private bool _over;

    /// <summary>Takes part in owning; disposing what is returned lets go, once.</summary>
    /// <exception cref="ObjectDisposedException">The last owner has let go.</exception>
    public IDisposable Hold()
    {
        lock (things)
        {
            ObjectDisposedException.ThrowIf(_over, this);
            _holders++;
            return new Holder(this);
        }
    }

    private void Release()
    {
        lock (things)
        {
            if (--_holders > 0) return;
            _over = true;
        }
        foreach (IDisposable thing in things) thing.Dispose();
    }

    private sealed class Holder(SharedLife life) : IDisposable
    {
        private SharedLife? _life = life;

        public void Dispose() => Interlocked.Exchange(ref _life, null)?.Release();
    }
}
