using System.Globalization;
using Levare.Codecs;
using Levare.Pipelines;

namespace Levare.Cli;

/// <summary>Where pictures go: names that are free, unless the caller wants files replaced.</summary>
internal sealed class OutputFiles
{
    private const int LongestName = 60;
    private readonly Func<int, string> _path;

    private OutputFiles(Func<int, string> path, IReadOnlyList<string> named) => (_path, Named) = (path, named);

    /// <summary>The names that the caller chose; none where they are made of the prompt.</summary>
    public IReadOnlyList<string> Named { get; }

    /// <summary>Decides on the names, before any work is done.</summary>
    /// <param name="target">A picture file's name, a folder, or null for this folder.</param>
    /// <param name="prompt">What files in folders are named after.</param>
    /// <param name="count">The number of pictures; of several, each name ends with its number.</param>
    /// <param name="overwrite">Whether files that exist may be replaced.</param>
    /// <exception cref="UsageException">The format is not known, or a named file exists.</exception>
    public static OutputFiles Plan(string? target, string prompt, int count, bool overwrite)
    {
        if (target is null || IsFolder(target)) return new(_ => Free(target ?? "", Name(prompt)), []);
        UsageException.Unless(() => ImageEncoder.FormatOf(target));
        string stem = Path.Combine(Path.GetDirectoryName(target) ?? "", Path.GetFileNameWithoutExtension(target)), ending = Path.GetExtension(target);
        string[] paths = [.. Enumerable.Range(1, count).Select(n => count == 1 ? target : Numbered(stem, n, ending))];
        foreach (string path in paths) RequireFree(path, overwrite);
        return new(i => paths[i], paths);
    }

    /// <summary>Throws where a file exists that may not be replaced.</summary>
    public static void RequireFree(string path, bool overwrite)
    {
        if (Directory.Exists(path)) throw new UsageException($"{path} is a folder, where a file's name is needed.");
        if (File.Exists(path) && !overwrite) throw new UsageException($"{path} exists: choose another name, or replace it with --overwrite.");
    }

    /// <summary>Throws where two results would go to one file.</summary>
    public static void RequireDistinct(IEnumerable<string> paths)
    {
        string? twice = paths.GroupBy(Path.GetFullPath, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Skip(1).Any())?.First();
        if (twice is not null) throw new UsageException($"{twice} is named for two results: each needs a file of its own.");
    }

    /// <summary>Writes picture <paramref name="index"/> and returns its path.</summary>
    public string Save(ImageResult result, int index)
    {
        string path = _path(index);
        result.Save(path);
        return path;
    }

    private static bool IsFolder(string target) =>
        Directory.Exists(target) || Path.EndsInDirectorySeparator(target) || Path.GetExtension(target).Length == 0;

    // Pictures of one prompt are numbered on, whatever --overwrite says: their names were not chosen by anyone.
    private static string Free(string folder, string name)
    {
        string stem = Path.Combine(folder, name), path = stem + ".png";
        for (int n = 2; File.Exists(path); n++) path = Numbered(stem, n, ".png");
        return path;
    }

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
