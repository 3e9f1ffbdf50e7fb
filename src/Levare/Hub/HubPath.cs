using System.Text;

namespace Levare.Hub;

/// <summary>Names of files that a server chose: what may become a path on any system, and what may not.</summary>
internal static class HubPath
{
    private const int LongestName = 255, LongestPath = 1024;
    private const string Forbidden = "\\:*?\"<>|";
    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "COM", "LPT"];

    /// <summary>What is wrong with a path of names and '/', or null.</summary>
    public static string? Problem(string path)
    {
        if (path.Length is 0 or > LongestPath) return $"it has {path.Length} characters, where 1 to {LongestPath} are allowed";
        return path.Split('/').Select(NameProblem).FirstOrDefault(problem => problem is not null);
    }

    /// <summary>Throws where files may not be written beside each other under their names.</summary>
    /// <exception cref="HubException">A name is not safe, or two of them are one on some systems.</exception>
    public static void Check(string model, IEnumerable<string> paths)
    {
        HashSet<string> files = new(StringComparer.OrdinalIgnoreCase), folders = new(StringComparer.OrdinalIgnoreCase);
        foreach (string path in paths)
        {
            if (Problem(path) is { } problem) throw Refused(model, path, problem);
            if (!files.Add(path)) throw Refused(model, path, "another file has the same name but for upper and lower case");
            for (int slash = path.IndexOf('/'); slash >= 0; slash = path.IndexOf('/', slash + 1)) folders.Add(path[..slash]);
        }
        if (files.FirstOrDefault(folders.Contains) is { } both) throw Refused(model, both, "it is a file and a folder");
    }

    /// <summary>Whether a text may be the name of a blob: what hashes and tags are made of.</summary>
    public static bool IsTag(string text) => text.Length is > 0 and <= 128 && text[0] != '.' && text[^1] != '.'
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && NameProblem(text) is null;

    private static HubException Refused(string model, string path, string problem) =>
        new(HubError.Unsafe, $"{model} has a file named '{Printable(path)}', which is refused: {problem}.");

    private static string? NameProblem(string name) => name switch
    {
        "" => "a part of its path is empty, or it begins or ends with '/'",
        "." or ".." => "its path leads elsewhere",
        _ when name.Any(c => char.IsControl(c) || char.IsSurrogate(c) || Forbidden.Contains(c)) => "it has characters that are not allowed in names",
        _ when name[^1] is '.' or ' ' || name[0] == ' ' => "a name begins or ends with a space, or ends with a dot",
        _ when Encoding.UTF8.GetByteCount(name) > LongestName => $"a name is longer than {LongestName} bytes",
        _ when IsDevice(name) => "it is the name of a device",
        _ => null,
    };

    private static bool IsDevice(string name)
    {
        string stem = name.Split('.')[0].TrimEnd();
        return Devices.Any(device => stem.Equals(device, StringComparison.OrdinalIgnoreCase)
            || (device is "COM" or "LPT" && stem.Length == 4 && stem.StartsWith(device, StringComparison.OrdinalIgnoreCase) && char.IsDigit(stem[3])));
    }

    private static string Printable(string path) => string.Concat(path.Take(80).Select(c => char.IsControl(c) ? '?' : c)) + (path.Length > 80 ? "..." : "");
}
