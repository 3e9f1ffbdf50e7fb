using IoPath = System.IO.Path;

namespace Levare.Data;

/// <summary>A folder of picture files, sub-folders included, in ordinal order of their paths.</summary>
/// <remarks>
/// What is known of a picture comes from the first of these that there is:
/// <list type="number">
/// <item>metadata.jsonl or metadata.csv in the folder: <c>file_name</c>, and <c>text</c> or <c>caption</c>, and <c>label</c>;</item>
/// <item>a text file of the picture's name (apple.png, apple.txt): its caption;</item>
/// <item>sub-folders, where all pictures lie in them: a class each.</item>
/// </list>
/// </remarks>
public sealed class ImageFolder : IImageSource
{
    private const int LargestCaption = 16 * 1024;
    private readonly string[] _files;
    private readonly IReadOnlyDictionary<string, ImageMetadata>? _metadata;
    private readonly bool _classFolders;

    /// <summary>Lists a folder and reads its metadata file.</summary>
    /// <exception cref="InvalidDataException">It holds no picture, or its metadata file is broken.</exception>
    public ImageFolder(string path)
    {
        Path = path;
        _files = List(path);
        if (_files.Length == 0)
            throw new InvalidDataException($"{path} holds no picture: names must end in {string.Join(", ", ImageDecoder.Extensions)}.");
        _metadata = ImageMetadata.Find(path);
        _classFolders = _metadata is null && _files.All(file => file.Contains('/')) && !_files.Any(HasCaptionFile);
        ClassNames = _classFolders ? Distinct(_files.Select(FirstFolder)) : Distinct(_metadata?.Values.Select(m => m.Label) ?? []);
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public string Fingerprint =>
        SourceFingerprint.Of(_files.SelectMany(file => new[] { Full(file), CaptionFile(file) }).Concat(ImageMetadata.Names.Select(name => IoPath.Combine(Path, name))));

    /// <inheritdoc/>
    public IEnumerable<ImageExample> Read()
    {
        Dictionary<string, int> labels = ClassNames.Select((name, label) => (name, label)).ToDictionary(pair => pair.name, pair => pair.label, StringComparer.Ordinal);
        foreach (string file in _files)
        {
            ImageMetadata? known = _metadata?.GetValueOrDefault(file);
            string? className = _classFolders ? FirstFolder(file) : known?.Label;
            string? caption = known?.Caption ?? (_metadata is null ? ReadCaption(file) : null);
            yield return new(Full(file), className is null ? null : labels[className], caption, limit => ImageDecoder.Decode(File.ReadAllBytes(Full(file)), limit));
        }
    }

    private static string[] List(string path)
    {
        EnumerationOptions options = new() { RecurseSubdirectories = true, MaxRecursionDepth = 16, IgnoreInaccessible = true };
        return [.. Directory.EnumerateFiles(path, "*", options)
            .Where(file => ImageDecoder.Extensions.Contains(IoPath.GetExtension(file).ToLowerInvariant()))
            .Select(file => IoPath.GetRelativePath(path, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal)];
    }

    private static string[] Distinct(IEnumerable<string?> names) => [.. names.OfType<string>().Distinct(StringComparer.Ordinal).Order(ClassNameOrder.Instance)];

    private static string FirstFolder(string file) => file[..file.IndexOf('/')];

    private string Full(string file) => IoPath.Combine(Path, file);

    private string CaptionFile(string file) => IoPath.ChangeExtension(Full(file), ".txt");

    private bool HasCaptionFile(string file) => File.Exists(CaptionFile(file));

    private string? ReadCaption(string file)
    {
        FileInfo text = new(CaptionFile(file));
        if (!text.Exists) return null;
        if (text.Length > LargestCaption) throw new InvalidDataException($"{text.FullName} has {text.Length} bytes; a caption has at most {LargestCaption}.");
        return File.ReadAllText(text.FullName).Trim();
    }
}

/// <summary>Numbers as numbers, other names ordinally: "2" before "10".</summary>
file sealed class ClassNameOrder : IComparer<string>
{
    public static readonly ClassNameOrder Instance = new();

    public int Compare(string? x, string? y) =>
        long.TryParse(x, out long a) && long.TryParse(y, out long b) ? a.CompareTo(b) : string.CompareOrdinal(x, y);
}
