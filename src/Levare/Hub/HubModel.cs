using System.Collections.Immutable;
using Levare.Runtime;
using Levare.Weights;

namespace Levare.Hub;

/// <summary>Models of the Hugging Face hub as folders on this disk, in the cache that Python's huggingface_hub uses too.</summary>
/// <remarks>Thread-safe, and safe beside other processes: each content is fetched by one of them and checked before it has its name.</remarks>
public static class HubModel
{
    /// <summary>What helps where a disk is full.</summary>
    internal const string MakeRoom = "Free some of it (levare list, levare remove), or set HF_HOME to a folder of another disk.";

    private const long LargestIndex = 1 << 20;

    /// <summary>The folder of a model, fetched first where the cache has it not. What is in the cache is taken as it is, without asking the hub.</summary>
    /// <param name="model">OWNER/NAME[@revision].</param>
    /// <param name="options">Which files; what the model needs when null.</param>
    /// <param name="settings">Which hub and cache; those of the environment when null.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Stops it; what has come stays and is gone on with next time.</param>
    /// <exception cref="FormatException"><paramref name="model"/> is not of that form.</exception>
    /// <exception cref="HubException">The model cannot be had.</exception>
    public static string Resolve(
        string model, PullOptions? options = null, HubSettings? settings = null, IProgress<PullProgress>? progress = null, CancellationToken cancellation = default) =>
        Task.Run(() => ResolveAsync(model, options, settings, progress, cancellation), cancellation).GetAwaiter().GetResult();

    /// <inheritdoc cref="Resolve"/>
    public static async Task<string> ResolveAsync(
        string model, PullOptions? options = null, HubSettings? settings = null, IProgress<PullProgress>? progress = null, CancellationToken cancellation = default)
    {
        HubReference reference = HubReference.Parse(model);
        settings ??= HubSettings.FromEnvironment();
        options ??= new();
        CachedModel cached = CachedModel.Find(reference, settings, options);
        if (cached.State == CachedState.Whole) return cached.Folder!;
        if (settings.Offline) return cached.State == CachedState.Unknown ? cached.Folder! : throw Offline(reference, settings, cached);
        try
        {
            return (await PullAsync(reference, options with { Check = CacheCheck.Size }, settings, progress, cancellation)).Folder;
        }
        catch (HubException e) when (e.Error == HubError.Unreachable && cached.State == CachedState.Unknown)
        {
            return cached.Folder!;
        }
    }

    /// <summary>The folder of a model where the cache has it, whole as far as can be told; else null. The hub is not asked.</summary>
    /// <inheritdoc cref="Resolve"/>
    public static string? FindCached(string model, PullOptions? options = null, HubSettings? settings = null)
    {
        CachedModel cached = CachedModel.Find(HubReference.Parse(model), settings ?? HubSettings.FromEnvironment(), options ?? new());
        return cached.State is CachedState.Whole or CachedState.Unknown ? cached.Folder : null;
    }

    /// <summary>Brings the cache to what the hub has under a revision now: fetches what is missing and repairs what is damaged.</summary>
    /// <param name="reference">The model and its revision.</param>
    /// <param name="options">Which files; what the model needs when null.</param>
    /// <param name="settings">Which hub and cache; those of the environment when null.</param>
    /// <param name="progress">Is told how far it is, from several threads but one at a time.</param>
    /// <param name="cancellation">Stops it; what has come stays and is gone on with next time.</param>
    /// <exception cref="HubException">The model cannot be had.</exception>
    public static async Task<PulledModel> PullAsync(
        HubReference reference, PullOptions? options = null, HubSettings? settings = null, IProgress<PullProgress>? progress = null, CancellationToken cancellation = default)
    {
        settings ??= HubSettings.FromEnvironment();
        options ??= new();
        if (settings.Offline) throw new HubException(HubError.Offline, $"{reference} cannot be fetched while HF_HUB_OFFLINE is set.");
        using HubClient client = new(settings);
        HubListing listing = await client.ListAsync(reference, cancellation);
        CachedRepository repository = new(settings.CacheFolder, reference.FolderName);
        BlobPull pull = new(client, settings, repository, listing, options.Check);
        PullMeter first = new(null, 1, 0);
        FileSelection selection = await SelectAsync(client, pull, repository, listing, options, first, cancellation);
        HubFile[] files = await DescribeAsync(client, listing, selection.Files, cancellation);
        long bytes = files.Sum(file => file.Size!.Value);
        long missing = Missing(repository, listing, files);
        options.Planned?.Invoke(new(reference, listing.Commit, files.Length, bytes, missing + first.Fetched, selection.Notes));
        RequireRoom(settings, reference, missing);
        PullMeter meter = new(progress, files.Length, bytes);
        // Large ones first: the last to end is then not one that was begun late.
        await Parallel.ForEachAsync(
            files.OrderByDescending(file => file.Size), new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, options.Parallel), CancellationToken = cancellation },
            async (file, stop) => await pull.BringAsync(file, meter, stop));
        TreeFile.Write(repository.Tree(listing.Commit), listing);
        repository.Name(reference.Revision, listing.Commit);
        return new(reference, listing.Commit, repository.Snapshot(listing.Commit), [.. files.Select(file => file.Path)], bytes, first.Fetched + meter.Fetched, [.. pull.Repaired]);
    }

    private static async Task<FileSelection> SelectAsync(
        HubClient client, BlobPull pull, CachedRepository repository, HubListing listing, PullOptions options, PullMeter meter, CancellationToken cancellation)
    {
        if (options.Include.Length == 0 && listing.Files.FirstOrDefault(file => file.Path == ModelFolder.IndexName) is { } announced)
        {
            HubFile index = (await DescribeAsync(client, listing, [announced], cancellation))[0];
            if (index.Size > LargestIndex) throw new HubException(HubError.Unsafe, $"{listing.Reference}: {index.Path} is announced with {index.Size} bytes; at most {LargestIndex} are read.");
            await pull.BringAsync(index, meter, cancellation);
        }
        FileSelection selection = Select(repository, listing, options);
        HubPath.Check(listing.Reference.Id, selection.Files.Select(file => file.Path));
        return selection;
    }

    // model_index.json, where the listing has one, is in the snapshot by now.
    internal static FileSelection Select(CachedRepository repository, HubListing listing, PullOptions options)
    {
        if (options.Include.Length > 0) return FileSelection.OfPatterns(listing, options);
        return listing.Files.Any(file => file.Path == ModelFolder.IndexName)
            ? FileSelection.OfParts(listing, ModelFolder.Open(repository.Snapshot(listing.Commit)).Parts, options)
            : FileSelection.OfSingle(listing, options);
    }

    private static async Task<HubFile[]> DescribeAsync(HubClient client, HubListing listing, ImmutableArray<HubFile> files, CancellationToken cancellation) =>
        await Task.WhenAll(files.Select(file => file is { Size: not null, Tag: not null } ? Task.FromResult(file) : client.DescribeAsync(listing, file, cancellation)));

    private static long Missing(CachedRepository repository, HubListing listing, IEnumerable<HubFile> files) => files
        .Where(file => FileSize.Find(repository.Blob(file.Tag!)) != file.Size && FileSize.Find(repository.File(listing.Commit, file.Path)) != file.Size)
        .DistinctBy(file => file.Tag).Sum(file => Math.Max(0, file.Size!.Value - (FileSize.Find(repository.Partial(file.Tag!)) ?? 0)));

    private static void RequireRoom(HubSettings settings, HubReference reference, long missing)
    {
        Directory.CreateDirectory(settings.CacheFolder);
        if (settings.FreeSpace(settings.CacheFolder) is { } free && free < missing)
            throw new HubException(HubError.DiskFull, $"{reference} needs {ByteSize.Text(missing)} more, and the disk of {settings.CacheFolder} has {ByteSize.Text(free)} free. {MakeRoom}");
    }

    private static HubException Offline(HubReference reference, HubSettings settings, CachedModel cached) => new(HubError.Offline,
        $"{reference.Id} (revision {reference.Revision}) is {(cached.State == CachedState.Partial ? "only in part" : "not")} in {settings.CacheFolder}, and HF_HUB_OFFLINE forbids to fetch it: unset it, or name a folder.");
}
