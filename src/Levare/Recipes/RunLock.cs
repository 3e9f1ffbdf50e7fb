namespace Levare.Recipes;

/// <summary>Keeps a second process out of a run's folder while one is at work in it.</summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Takes the lock; the system gives it back when the process ends, however that happens.</summary>
    /// <exception cref="IOException">Another one has it.</exception>
    public static RunLock Take(RunFolder folder)
    {
        Directory.CreateDirectory(folder.Cache);
        string path = Path.Combine(folder.Cache, "run.lock");
        try
        {
            return new(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new IOException($"{folder.Path} is being trained by another process: wait for it, or stop it.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
