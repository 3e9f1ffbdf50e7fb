namespace Levare.Runtime;

/// <summary>Files that are written aside and moved into place, so that a crash leaves the old one or the new one, never a half.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a file through a stream; the folder is made when missing.</summary>
    /// <exception cref="UnauthorizedAccessException">Nothing may be written there; the message names <paramref name="path"/>.</exception>
    /// <exception cref="IOException">The same, where the disk is full or the folder is none.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full)!;
        Directory.CreateDirectory(folder);
        string aside = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (FileStream stream = new(aside, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(aside, full, overwrite: true);
        }
        catch (UnauthorizedAccessException e) when (Names(e, aside) || Names(e, full))
        {
            throw new UnauthorizedAccessException($"{path} cannot be written: no permission in {folder}.", e);
        }
        catch (IOException e) when (Names(e, aside))
        {
            throw new IOException($"{path} cannot be written: {e.Message.Replace(aside, full, StringComparison.Ordinal)}", e) { HResult = e.HResult };
        }
        finally
        {
            if (File.Exists(aside)) File.Delete(aside);
        }
    }

    private static bool Names(Exception error, string path) => error.Message.Contains(path, StringComparison.Ordinal);

    /// <summary>Writes a text file (UTF-8).</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
}
