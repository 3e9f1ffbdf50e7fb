using System.Text.Json;
using Levare.Runtime;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>One golden case: a folder with case.json (what was run) and tensors.safetensors (what came out).</summary>
public sealed class GoldenCase : IDisposable
{
    private readonly JsonDocument _document;
    private readonly Lazy<SafetensorsFile> _tensors;
    private readonly string _prefix = "";

    private GoldenCase(string folder)
    {
        Folder = folder;
        Name = NameOf(folder);
        _document = PythonJson.Parse(File.ReadAllBytes(Path.Combine(folder, "case.json")));
        _tensors = new(() => SafetensorsFile.Open(Path.Combine(folder, "tensors.safetensors")));
    }

    private GoldenCase(GoldenCase whole, string prefix)
    {
        (Folder, Name, _document, _tensors) = (whole.Folder, whole.Name, whole._document, whole._tensors);
        _prefix = whole._prefix + prefix;
    }

    /// <summary>The case's folder.</summary>
    public string Folder { get; }

    /// <summary>AREA/NAME.</summary>
    public string Name { get; }

    /// <summary>The first part of the name.</summary>
    public string Area => Name.Split('/')[0];

    /// <summary>The root of case.json.</summary>
    public JsonElement Json => _document.RootElement;

    /// <summary>The stored tensors.</summary>
    public SafetensorsFile Tensors => _tensors.Value;

    /// <summary>Opens one case.</summary>
    public static GoldenCase Open(string folder) => new(Path.GetFullPath(folder));

    /// <summary>AREA/NAME of a case's folder: the last two folders of its path, wherever the set lies.</summary>
    public static string NameOf(string folder)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return $"{Path.GetFileName(Path.GetDirectoryName(full))}/{Path.GetFileName(full)}";
    }

    /// <summary>All folders at or below a root that hold a case.json, in order of name.</summary>
    public static IReadOnlyList<string> Find(string root) =>
        [.. Directory.EnumerateFiles(root, "case.json", SearchOption.AllDirectories).Select(file => Path.GetDirectoryName(file)!).Order(StringComparer.Ordinal)];

    /// <summary>This case, seen as if the names of its tensors began behind a prefix: one run of a case that holds several. Only the whole is disposed.</summary>
    public GoldenCase Under(string prefix) => new(this, prefix);

    /// <summary>Whether a tensor is stored.</summary>
    public bool Has(string name) => Tensors.Entries.ContainsKey(_prefix + name);

    /// <summary>A stored tensor, which is then the caller's.</summary>
    public Tensor Tensor(string name) => Tensors.Load(_prefix + name);

    /// <inheritdoc/>
    public void Dispose()
    {
        _document.Dispose();
        if (_tensors.IsValueCreated) _tensors.Value.Dispose();
    }
}
