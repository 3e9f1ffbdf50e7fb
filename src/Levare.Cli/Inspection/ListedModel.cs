using Levare.Hub;
using Levare.Pipelines;
using Levare.Runtime;
using Levare.Weights;

namespace Levare.Cli.Inspection;

/// <summary>A model on this disk, as a line of a list.</summary>
/// <param name="Name">What --model takes.</param>
/// <param name="Revision">Its branches and tags, or the beginning of its commit; empty where it has none.</param>
/// <param name="Folder">Where it is.</param>
/// <param name="Bytes">The size of its files.</param>
/// <param name="Variants">The variants of its weights.</param>
/// <param name="Kind">The class that model_index.json names; empty where it has none.</param>
/// <param name="Standing">Whether Levare can run it.</param>
internal sealed record ListedModel(string Name, string Revision, string Folder, long Bytes, string Variants, string Kind, string Standing)
{
    private const int ShortCommit = 12;

    /// <summary>A model of the cache.</summary>
    public static ListedModel Of(CachedRevision cached)
    {
        (string kind, string standing) = Judge(cached.Folder);
        string revision = cached.Names.Length > 0 ? string.Join(", ", cached.Names) : cached.Commit[..ShortCommit];
        return new(cached.Id, revision, cached.Folder, cached.Bytes, Text(cached.Variants), kind, cached.IsWhole ? standing : "unfinished");
    }

    /// <summary>The models in a folder: folders, and single files of weights.</summary>
    public static IEnumerable<ListedModel> In(string parent)
    {
        if (!Directory.Exists(parent)) yield break;
        foreach (string folder in Directory.EnumerateDirectories(parent).Where(ModelFolder.IsModel).Order(StringComparer.Ordinal))
        {
            (string kind, string standing) = Judge(folder);
            IEnumerable<string> variants = Directory.EnumerateDirectories(folder).SelectMany(ModelComponent.VariantsIn).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
            long bytes = FileSize.OfFolder(folder);
            yield return new(folder.Replace('\\', '/'), "", folder, bytes, Text(variants), kind, standing);
        }
        foreach (string file in Directory.EnumerateFiles(parent).Where(IsWeights).Order(StringComparer.Ordinal))
        {
            (string kind, string standing) = Judge(file);
            yield return new(file.Replace('\\', '/'), "", file, FileSize.Of(file), "", kind, standing);
        }
    }

    private static bool IsWeights(string path) => Path.GetExtension(path) is ".safetensors" or ".ckpt" or ".gguf";

    private static (string Kind, string Standing) Judge(string path)
    {
        if (Directory.Exists(path) && !ModelFolder.IsModel(path)) return ("", "files");
        try
        {
            ModelFiles model = ModelFiles.Open(path);
            return (model.ClassName, ImageModel.Supports(model) ? "supported" : "not supported");
        }
        catch (Exception e) when (e is IOException or InvalidDataException or NotSupportedException)
        {
            return ("", Directory.Exists(path) ? "damaged" : "not a whole model");
        }
    }

    private static string Text(IEnumerable<string> variants) => string.Join(", ", variants.Select(variant => variant.Length == 0 ? "plain" : variant));
}
