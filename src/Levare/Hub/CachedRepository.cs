using Levare.Runtime;

namespace Levare.Hub;

/// <summary>A model's folder in the cache: contents by their tags in blobs/, commits in snapshots/ as links to them, names of commits in refs/.</summary>
internal sealed class CachedRepository(string cacheFolder, string folderName)
{
    /// <summary>The folder.</summary>
    public string Folder { get; } = Path.Combine(cacheFolder, folderName);

    /// <summary>Where the locks of its contents are.</summary>
    public string Locks { get; } = Path.Combine(cacheFolder, ".locks", folderName);

    /// <summary>The content of a tag.</summary>
    public string Blob(string tag) => Path.Combine(Folder, "blobs", tag);

    /// <summary>Where a content is kept until all of it is there.</summary>
    public string Partial(string tag) => $"{Blob(tag)}.incomplete";

    /// <summary>The lock of a content.</summary>
    public string Lock(string tag) => Path.Combine(Locks, $"{tag}.lock");

    /// <summary>The folder of a commit.</summary>
    public string Snapshot(string commit) => Path.Combine(Folder, "snapshots", commit);

    /// <summary>The path of a file of a commit.</summary>
    public string File(string commit, string path) => Path.Combine([Snapshot(commit), .. path.Split('/')]);

    /// <summary>The list of all files of a commit.</summary>
    public string Tree(string commit) => Path.Combine(Folder, "trees", $"{commit}.json");

    /// <summary>The commit that a revision stood for when it was last asked; null where it was not.</summary>
    public string? CommitOf(string revision)
    {
        string path = Ref(revision);
        if (System.IO.File.Exists(path) && System.IO.File.ReadAllText(path).Trim() is { } commit && ContentCheck.IsGitHash(commit)) return commit;
        return ContentCheck.IsGitHash(revision) && Directory.Exists(Snapshot(revision)) ? revision : null;
    }

    /// <summary>The commits that are there, whole or not.</summary>
    public IEnumerable<string> Commits() =>
        Directory.Exists(Snapshot("")) ? Directory.EnumerateDirectories(Snapshot("")).Select(path => Path.GetFileName(path)).Where(ContentCheck.IsGitHash).Order(StringComparer.Ordinal) : [];

    /// <summary>The names that commits have.</summary>
    public IEnumerable<(string Name, string Commit)> Refs()
    {
        string folder = Path.Combine(Folder, "refs");
        if (!Directory.Exists(folder)) yield break;
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            yield return (Path.GetRelativePath(folder, path).Replace('\\', '/'), System.IO.File.ReadAllText(path).Trim());
    }

    /// <summary>Gives a commit a name. Written last, so that a name leads to what is whole.</summary>
    public void Name(string revision, string commit)
    {
        if (revision != commit && CommitOf(revision) != commit) AtomicFile.Write(Ref(revision), stream => stream.Write(System.Text.Encoding.ASCII.GetBytes(commit)));
    }

    /// <summary>Puts a content into a commit: a link where the file system has them, else a copy, or the content itself where it is new.</summary>
    /// <param name="tag">The content, which is there.</param>
    /// <param name="path">The path of <see cref="File"/>.</param>
    /// <param name="isNew">Whether no other commit can have the content.</param>
    /// <param name="links">Whether to try links.</param>
    public void Link(string tag, string path, bool isNew, bool links)
    {
        string folder = Path.GetDirectoryName(path)!, blob = Blob(tag);
        if (LeadsTo(path, blob)) return;
        Directory.CreateDirectory(folder);
        System.IO.File.Delete(path);
        if (links && TryLink(path, Path.GetRelativePath(folder, blob))) return;
        if (isNew) System.IO.File.Move(blob, path, overwrite: true);
        else System.IO.File.Copy(blob, path, overwrite: true);
    }

    private string Ref(string revision) => Path.Combine([Folder, "refs", .. revision.Split('/')]);

    private static bool LeadsTo(string path, string blob) =>
        new FileInfo(path).LinkTarget is { } target && Path.GetFullPath(target, Path.GetDirectoryName(Path.GetFullPath(path))!) == Path.GetFullPath(blob);

    private static bool TryLink(string path, string target)
    {
        try
        {
            System.IO.File.CreateSymbolicLink(path, target);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            if (System.IO.File.Exists(path)) throw;
            return false;
        }
    }
}
