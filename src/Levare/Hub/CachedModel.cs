using Levare.Runtime;
using Levare.Weights;

namespace Levare.Hub;

/// <summary>How much of a model the cache has.</summary>
internal enum CachedState
{
    /// <summary>Nothing.</summary>
    Missing,

    /// <summary>Some of the files that are wanted.</summary>
    Partial,

    /// <summary>A snapshot that looks whole, but no list of the files that it should have.</summary>
    Unknown,

    /// <summary>All files that are wanted.</summary>
    Whole,
}

/// <summary>What the cache has of a model at a revision.</summary>
/// <param name="Folder">The snapshot, or null.</param>
/// <param name="State">How much of it is there.</param>
internal sealed record CachedModel(string? Folder, CachedState State)
{
    /// <summary>Looks in the cache, without the hub.</summary>
    public static CachedModel Find(HubReference reference, HubSettings settings, PullOptions options)
    {
        CachedRepository repository = new(settings.CacheFolder, reference.FolderName);
        if (repository.CommitOf(reference.Revision) is not { } commit || !Directory.Exists(repository.Snapshot(commit))) return new(null, CachedState.Missing);
        string folder = repository.Snapshot(commit);
        if (TreeFile.Read(repository.Tree(commit), reference, commit) is not { } listing) return new(folder, LooksWhole(folder) ? CachedState.Unknown : CachedState.Partial);
        return new(folder, IsWhole(repository, listing, options) ? CachedState.Whole : CachedState.Partial);
    }

    // Who names no variant takes any that is there.
    private static bool IsWhole(CachedRepository repository, HubListing listing, PullOptions options)
    {
        if (options.Include.Length == 0 && listing.Files.Any(file => file.Path == ModelFolder.IndexName) && !ModelFolder.IsModel(repository.Snapshot(listing.Commit))) return false;
        IEnumerable<string?> variants = options.Variant is { } only ? [only] : [null, .. Variants(listing)];
        return variants.Any(variant => HasAll(repository, listing, HubModel.Select(repository, listing, options with { Variant = variant })));
    }

    private static IEnumerable<string> Variants(HubListing listing) =>
        listing.Files.Select(file => WeightFileName.Parse(file.Path[(file.Path.LastIndexOf('/') + 1)..])?.Variant).OfType<string>().Where(variant => variant.Length > 0).Distinct(StringComparer.Ordinal);

    private static bool HasAll(CachedRepository repository, HubListing listing, FileSelection selection) =>
        selection.Files.All(file => HubPath.Problem(file.Path) is null && FileSize.Find(repository.File(listing.Commit, file.Path)) == file.Size);

    private static bool LooksWhole(string folder) => ModelFolder.IsModel(folder)
        ? ModelFolder.Open(folder).Parts.All(part => Directory.Exists(Path.Combine(folder, part.Name)))
        : Directory.EnumerateFiles(folder).Any();
}
