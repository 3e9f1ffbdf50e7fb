using System.Globalization;
using Levare.Codecs;
using Levare.Pipelines;

namespace Levare.Cli;

/// <summary>Where pictures go: names that are free, unless the caller wants files replaced.</summary>
internal sealed class OutputFiles
{
    private const int LongestName = 60;
    private readonly Func<int, string> _path;
    private readonly bool _replaces;

    private OutputFiles(Func<int, string> path, IReadOnlyList<string> named, bool replaces) => (_path, Named, _replaces) = (path, named, replaces);

    /// <summary>The names that the caller chose; none where they are made of the prompt.</summary>
    public IReadOnlyList<string> Named { get; }

    /// <summary>Decides on the names, before any work is done.</summary>
    /// <param name="target">A picture file's name, a folder, or null for this folder.</param>
    /// <param name="prompt">What files in folders are named after.</param>
    /// <param name="count">The number of pictures; of several, each name ends with its number.</param>
    /// <param name="overwrite">Whether files that exist may be replaced.</param>
    /// <exception cref="UsageException">The format is not known, a named file exists, or nothing can be written there.</exception>
    public static OutputFiles Plan(string? target, string prompt, int count, bool overwrite)
    {
        if (target is null || IsFolder(target))
        {
            RequireWritable(target ?? "");
            // Pictures of one prompt are numbered on, whatever --overwrite says: their names were not chosen by anyone.
            return new(_ => Path.Combine(target ?? "", $"{Name(prompt)}.png"), [], replaces: false);
        }
        UsageException.Unless(() => ImageEncoder.FormatOf(target));
        string stem = Path.Combine(Path.GetDirectoryName(target) ?? "", Path.GetFileNameWithoutExtension(target)), ending = Path.GetExtension(target);
        string[] paths = [.. Enumerable.Range(1, count).Select(n => count == 1 ? target : Numbered(stem, n, ending))];
        foreach (string path in paths) RequireFree(path, overwrite);
        return new(i => paths[i], paths, overwrite);
    }

    /// <summary>Throws where a file exists that may not be replaced, and where none can be written.</summary>
    public static void RequireFree(string path, bool overwrite)
    {
        if (Directory.Exists(path)) throw new UsageException($"{path} is a folder, where a file's name is needed.");
        if (File.Exists(path) && !overwrite) throw new UsageException($"{path} exists: choose another name, or replace it with --overwrite.");
        if (IsDevice(path)) throw new UsageException($"{path} is a device, where a file's name is needed.");
        RequireWritable(Path.GetDirectoryName(path) ?? path);
    }

    /// <summary>Throws where two results would go to one file.</summary>
    public static void RequireDistinct(IEnumerable<string> paths)
    {
        string? twice = paths.GroupBy(Path.GetFullPath, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Skip(1).Any())?.First();
        if (twice is not null) throw new UsageException($"{twice} is named for two results: each needs a file of its own.");
    }

    /// <summary>Writes picture <paramref name="index"/> and returns its path: the next free one where a file has appeared since the names were decided on.</summary>
    public string Save(ImageResult result, int index)
    {
        string path = _path(index);
        if (!_replaces) path = Reserve(path);
        try
        {
            result.Save(path);
            return path;
        }
        catch when (!_replaces)
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Takes a name by an empty file, which no other process can take then: the one given, or else the next that is free.</summary>
    internal static string Reserve(string path)
    {
        string stem = Path.Combine(Path.GetDirectoryName(path) ?? "", Path.GetFileNameWithoutExtension(path)), free = path;
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        for (int n = 2; !TryCreate(free); n++) free = Numbered(stem, n, Path.GetExtension(path));
        return free;
    }

    private static bool TryCreate(string path)
    {
        if (Path.Exists(path)) return false;
        try
        {
            using FileStream made = new(path, FileMode.CreateNew);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    // By trying, in the nearest folder that is there: permissions, read-only disks and what is no folder at all look alike from outside.
    internal static void RequireWritable(string folder)
    {
        string nearest = Path.GetFullPath(folder.Length == 0 ? "." : folder);
        while (!Path.Exists(nearest) && Path.GetDirectoryName(nearest) is { } parent) nearest = parent;
        if (File.Exists(nearest)) throw new UsageException($"{nearest} is a file, where a folder is needed.");
        try
        {
            using FileStream probe = new(Path.Combine(nearest, $".{Guid.NewGuid():N}.tmp"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"nothing can be written in {nearest}: {(e is UnauthorizedAccessException ? "no permission, or a disk that is read-only" : "it takes no files")}.");
        }
    }

    private static bool IsDevice(string path)
    {
        string full = Path.GetFullPath(path);
        return full.StartsWith("/dev/", StringComparison.Ordinal) && !full.StartsWith("/dev/shm/", StringComparison.Ordinal);
    }

    private static bool IsFolder(string target) =>
        Directory.Exists(target) || Path.EndsInDirectorySeparator(target) || Path.GetExtension(target).Length == 0;

    private static string Numbered(string stem, int number, string ending) => string.Create(CultureInfo.InvariantCulture, $"{stem}-{number}{ending}");

    private static string Name(string prompt)
    {
        string letters = string.Concat(prompt.ToLowerInvariant().Select(c => char.IsLetterOrDigit(c) ? c : ' '));
        string name = "";
        foreach (string word in letters.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            if (name.Length + word.Length < LongestName) name += name.Length == 0 ? word : $"-{word}";
        return name.Length == 0 ? "image" : name;
    }
}
