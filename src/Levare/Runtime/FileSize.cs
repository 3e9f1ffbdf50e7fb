namespace Levare.Runtime;

/// <summary>The sizes of files; of links, those of what they lead to: models of the hub's cache are folders of links.</summary>
public static class FileSize
{
    /// <summary>The bytes of a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file, or a link leads to none.</exception>
    public static long Of(string path) => Find(path) ?? throw new FileNotFoundException($"there is no file {path}.", path);

    /// <summary>The bytes of a file; null where there is none, or a link leads to none.</summary>
    public static long? Find(string path)
    {
        FileInfo file = new(path);
        if (file.LinkTarget is null) return file.Exists ? file.Length : null;
        return file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target ? target.Length : null;
    }

    /// <summary>The bytes of all files in a folder and below.</summary>
    public static long OfFolder(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(path => Find(path) ?? 0);
}
