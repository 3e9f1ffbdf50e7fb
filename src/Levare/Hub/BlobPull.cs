using System.Collections.Concurrent;

namespace Levare.Hub;

/// <summary>Brings single files of a listing into the cache. Thread-safe; each content is fetched by one process at a time.</summary>
internal sealed class BlobPull(HubClient client, HubSettings settings, CachedRepository repository, HubListing listing, CacheCheck check)
{
    private const int NoSpaceOnUnix = 28, NoSpaceOnWindows = unchecked((int)0x80070070);

    /// <summary>What was found damaged and fetched again.</summary>
    public ConcurrentBag<string> Repaired { get; } = [];

    /// <summary>Makes sure that a file is there, whole, and in its snapshot.</summary>
    /// <exception cref="HubException">It cannot be had, or is not what was announced.</exception>
    public async Task BringAsync(HubFile file, PullMeter meter, CancellationToken cancellation)
    {
        if (file is not { Tag: { } tag, Size: { } size }) throw new ArgumentException($"{file.Path} has no size or no tag: describe it first.", nameof(file));
        string target = repository.File(listing.Commit, file.Path), blob = repository.Blob(tag);
        using CacheLock held = await CacheLock.TakeAsync(repository.Lock(tag), cancellation);
        // Where the file system has no links, a snapshot holds the content itself.
        string? existing = File.Exists(blob) ? blob : new FileInfo(target) is { Exists: true, LinkTarget: null } ? target : null;
        bool isThere = existing is not null && await IsWholeAsync(existing, tag, size, cancellation);
        if (isThere) meter.Have(size);
        else await FetchAsync(file, tag, size, blob, meter, cancellation);
        if (existing is not null && !isThere) Repaired.Add(file.Path);
        if (!isThere || existing == blob) repository.Link(tag, target, isNew: existing != blob, links: !settings.DisableSymlinks);
        meter.Finish();
    }

    private async Task<bool> IsWholeAsync(string path, string tag, long size, CancellationToken cancellation) =>
        new FileInfo(path).Length == size && (check == CacheCheck.Size || await ContentCheck.HoldsAsync(path, tag, size, cancellation));

    private async Task FetchAsync(HubFile file, string tag, long size, string blob, PullMeter meter, CancellationToken cancellation)
    {
        string name = $"{listing.Reference.Id}: {file.Path}", aside = repository.Partial(tag);
        try
        {
            // What another call left may be damaged: after it, one that begins anew has its own chance.
            while (await TryFetchAsync(file, name, tag, size, aside, meter, cancellation)) { }
            File.Move(aside, blob, overwrite: true);
        }
        catch (IOException e) when (e is not HubException && e.HResult is NoSpaceOnUnix or NoSpaceOnWindows)
        {
            throw new HubException(HubError.DiskFull, $"{name}: the disk of {settings.CacheFolder} is full. {HubModel.MakeRoom}", e);
        }
        catch (HubException e) when (e.Error == HubError.Corrupt)
        {
            File.Delete(aside);
            throw;
        }
    }

    // Whether it is to be done again.
    private async Task<bool> TryFetchAsync(HubFile file, string name, string tag, long size, string aside, PullMeter meter, CancellationToken cancellation)
    {
        await using PartialFile partial = await PartialFile.OpenAsync(aside, name, tag, size, meter, cancellation);
        if (partial.Length < size) await client.FetchAsync(listing, file, partial, cancellation);
        if (partial.Mismatch() is not { } found) return false;
        if (!partial.IsResumed) throw new HubException(HubError.Corrupt, $"{name} is damaged: its hash is {found}, where the hub names {tag}. Nothing of it was kept.");
        partial.Restart();
        return true;
    }
}
