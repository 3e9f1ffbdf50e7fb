using System.Text.RegularExpressions;
using Levare.Cli.Terminal;
using Levare.Hub;
using Levare.Weights;

namespace Levare.Cli;

/// <summary>What people write where a model is wanted: a path on this disk, or a model of the hub.</summary>
/// <param name="Path">The folder or file on this disk.</param>
/// <param name="Name">What stands for it in a recipe: the path as it was written, or OWNER/NAME@COMMIT.</param>
internal sealed partial record ModelSource(string Path, string Name)
{
    /// <summary>How the two are described in help.</summary>
    public const string HelpName = "path|OWNER/NAME";

    /// <summary>What a text names: a path where that is there; of a model of the hub the folder in the cache, fetched first where it is missing; of OWNER/NAME/FILE that file.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="silent">Whether nothing is shown.</param>
    /// <param name="cancellation">Stops fetching.</param>
    /// <param name="variant">The weights' variant that is fetched; any that is there when null, else the plain one.</param>
    /// <exception cref="HubException">It is of the hub and cannot be had.</exception>
    public static ModelSource Resolve(string text, bool silent, CancellationToken cancellation, string? variant = null)
    {
        if (OnHub(text) is not { } model) return new(text, text);
        HubSettings settings = HubSettings.FromEnvironment();
        using PullView view = new(silent, settings);
        string folder = HubModel.Resolve(model.Id, Options(model.File) with { Variant = variant, Planned = view.Announce }, settings, view, cancellation);
        string name = HubReference.Parse(model.Id).At(System.IO.Path.GetFileName(folder)).ToString();
        return model.File is { } file ? new(System.IO.Path.Combine(folder, file), $"{name}/{file}") : new(Content(folder), name);
    }

    /// <summary>The same without the network: null where the model is not here.</summary>
    public static string? Find(string text)
    {
        if (OnHub(text) is not { } model) return System.IO.Path.Exists(text) ? text : null;
        string? folder = HubModel.FindCached(model.Id, Options(model.File));
        return folder is not null && model.File is { } file ? System.IO.Path.Combine(folder, file) : folder;
    }

    private static PullOptions Options(string? file) => file is null ? new() : new() { Include = [file] };

    // A repository of one file is that file.
    private static string Content(string folder) =>
        !File.Exists(System.IO.Path.Combine(folder, ModelFolder.IndexName)) && Directory.GetFileSystemEntries(folder) is [var only] && File.Exists(only) ? only : folder;

    // A path that exists wins, and so does one into a folder that exists: who mistypes a name there is told what lies beside it.
    private static (string Id, string? File)? OnHub(string text)
    {
        if (System.IO.Path.Exists(text) || Directory.Exists(text.Split('/')[0])) return null;
        if (HubReference.LooksLike(text)) return (text, null);
        return WeightsInRepository().Match(text) is { Success: true } match && HubReference.LooksLike(match.Groups["model"].Value) ? (match.Groups["model"].Value, match.Groups["file"].Value) : null;
    }

    [GeneratedRegex(@"^(?<model>[^/]+/[^/]+)/(?<file>.+\.(safetensors|gguf|ckpt|pth|pt|bin))$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex WeightsInRepository();
}
