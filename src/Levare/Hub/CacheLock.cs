namespace Levare.Hub;

/// <summary>Keeps other processes, Python's too, from writing the same file of the cache; the system gives it back when the process ends, however that happens.</summary>
internal sealed class CacheLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private const int WouldBlockOnLinux = 11, WouldBlockOnMac = 35, SharingViolation = 32, LockViolation = 33;
    private readonly FileStream _file;

    private CacheLock(FileStream file) => _file = file;

    /// <summary>Waits until nobody else has it.</summary>
    /// <param name="path">The file that stands for it; it stays.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public static async Task<CacheLock> TakeAsync(string path, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (; ; await Task.Delay(Pause, cancellation))
            if (TryTake(path) is { } taken) return taken;
    }

    /// <summary>Takes it; null where someone else has it.</summary>
    public static CacheLock? TryTake(string path)
    {
        try
        {
            return new(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (IsTaken(e))
        {
            return null;
        }
    }

    // Anything else, a disk that cannot be written to say, does not get better by waiting.
    private static bool IsTaken(IOException e) => (e.HResult & 0xFFFF) is WouldBlockOnLinux or WouldBlockOnMac or SharingViolation or LockViolation;

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
