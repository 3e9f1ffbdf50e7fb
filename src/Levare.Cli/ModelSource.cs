using Levare.Cli.Terminal;
using Levare.Hub;

namespace Levare.Cli;

/// <summary>What people write where a model is wanted: a path on this disk, or a model of the hub.</summary>
/// <param name="Path">The folder or file on this disk.</param>
/// <param name="Name">What stands for it in a recipe: the path as it was written, or OWNER/NAME@COMMIT.</param>
internal sealed record ModelSource(string Path, string Name)
{
    /// <summary>How the two are described in help.</summary>
    public const string HelpName = "folder|OWNER/NAME";

    /// <summary>What a text names: a path where that is there; of a model of the hub the folder in the cache, fetched first where it is missing.</summary>
    /// <exception cref="HubException">It is a model of the hub that cannot be had.</exception>
    public static ModelSource Resolve(string text, bool silent, CancellationToken cancellation)
    {
        if (!IsOnHub(text)) return new(text, text);
        using PullView view = new(silent);
        string folder = HubModel.Resolve(text, new() { Planned = view.Announce }, progress: view, cancellation: cancellation);
        return new(folder, HubReference.Parse(text).At(System.IO.Path.GetFileName(folder)).ToString());
    }

    /// <summary>The same without the network: null where the model is not here.</summary>
    public static string? Find(string text)
    {
        string? folder = IsOnHub(text) ? HubModel.FindCached(text) : text;
        return System.IO.Path.Exists(folder) ? folder : null;
    }

    // A path that exists wins, and so does one into a folder that exists: who mistypes a name there is told what lies beside it.
    private static bool IsOnHub(string text) => !System.IO.Path.Exists(text) && HubReference.LooksLike(text) && !Directory.Exists(text.Split('/')[0]);
}
