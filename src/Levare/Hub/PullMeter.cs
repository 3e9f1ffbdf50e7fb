using System.Diagnostics;

namespace Levare.Hub;

/// <summary>Counts what several downloads bring, and tells it at most ten times a second. Thread-safe.</summary>
internal sealed class PullMeter(IProgress<PullProgress>? listener, int allFiles, long allBytes)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly Lock _lock = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _told = -Pause;
    private int _files;
    private long _bytes, _fetched;

    /// <summary>The bytes that came over the network.</summary>
    public long Fetched => Interlocked.Read(ref _fetched);

    /// <summary>Bytes that came over the network.</summary>
    public void Fetch(int bytes)
    {
        Interlocked.Add(ref _fetched, bytes);
        Have(bytes);
    }

    /// <summary>Bytes that were there already, or, negative, that turned out to be of no use.</summary>
    public void Have(long bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        Tell(always: false);
    }

    /// <summary>A file is there.</summary>
    public void Finish()
    {
        Interlocked.Increment(ref _files);
        Tell(always: true);
    }

    private void Tell(bool always)
    {
        if (listener is null) return;
        lock (_lock)
        {
            if (!always && _clock.Elapsed - _told < Pause) return;
            _told = _clock.Elapsed;
            listener.Report(new(_files, allFiles, Interlocked.Read(ref _bytes), allBytes, Fetched, _told));
        }
    }
}
