using System.IO.Enumeration;
using Levare.Runtime;
using Levare.Weights;

namespace Levare.Hub;

/// <summary>The models that are on this disk, in the cache shared with Python.</summary>
/// <param name="settings">Where it is.</param>
public sealed class HubCache(HubSettings settings)
{
    /// <summary>The cache's folder; it may be missing.</summary>
    public string Folder => settings.CacheFolder;

    /// <summary>All models, by name.</summary>
    public IEnumerable<CachedRevision> Revisions()
    {
        if (!Directory.Exists(Folder)) yield break;
        foreach (string path in Directory.EnumerateDirectories(Folder).Order(StringComparer.Ordinal))
            if (HubReference.OfFolder(Path.GetFileName(path)) is { } model)
                foreach (CachedRevision revision in Revisions(model)) yield return revision;
    }

    /// <summary>Finds out what removing a model deletes: the revision that is named, or all of them.</summary>
    /// <exception cref="HubException">The cache has it not, or its folder is not in the cache.</exception>
    public CacheRemoval PlanRemoval(HubReference model)
    {
        CachedRepository repository = Repository(model);
        if (!Directory.Exists(repository.Folder))
            throw new HubException(HubError.NotFound, $"{model.Id} is not in {Folder}{Hint(model.Id, [.. Revisions().Select(revision => revision.Id).Distinct(StringComparer.Ordinal)])}");
        if (new DirectoryInfo(repository.Folder).LinkTarget is { } elsewhere)
            throw new HubException(HubError.Unsafe, $"{repository.Folder} leads to {elsewhere}, out of the cache: nothing is removed there.");
        string[] all = [.. repository.Commits()];
        if (!model.HasRevision) return Whole(model, repository, all);
        string commit = repository.CommitOf(model.Revision)
            ?? throw new HubException(HubError.NotFound, $"{model.Id} has no revision '{model.Revision}' in the cache{Hint(model.Revision, [.. repository.Refs().Select(entry => entry.Name), .. all])}");
        return all.All(other => other == commit) ? Whole(model, repository, all) : One(model, repository, commit, [.. all.Where(other => other != commit)]);
    }

    /// <summary>Deletes what was planned.</summary>
    /// <exception cref="HubException">Another process is fetching the model.</exception>
    public void Remove(CacheRemoval removal)
    {
        CachedRepository repository = Repository(removal.Model);
        List<CacheLock> held = [];
        try
        {
            foreach (string path in Directory.Exists(repository.Locks) ? Directory.EnumerateFiles(repository.Locks) : [])
                held.Add(CacheLock.TryTake(path) ?? throw new HubException(HubError.AccessDenied, $"{removal.Model.Id} is being fetched by another process: wait for it, or stop it."));
            foreach (string path in removal.Paths.Where(path => path != repository.Locks)) Delete(path);
        }
        finally
        {
            foreach (CacheLock taken in held) taken.Dispose();
        }
        // Not every system deletes a file that is open.
        if (removal.Paths.Contains(repository.Locks)) Delete(repository.Locks);
    }

    private void Delete(string path)
    {
        RequireInside(path);
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        else File.Delete(path);
    }

    private CachedRepository Repository(HubReference model) => new(Folder, model.FolderName);

    private IEnumerable<CachedRevision> Revisions(HubReference model)
    {
        CachedRepository repository = Repository(model);
        ILookup<string, string> names = repository.Refs().ToLookup(entry => entry.Commit, entry => entry.Name);
        foreach (string commit in repository.Commits())
        {
            string[] files = [.. Files(repository.Snapshot(commit))];
            IEnumerable<string> variants = files.Select(file => WeightFileName.Parse(Path.GetFileName(file))?.Variant).OfType<string>();
            yield return new(model.Id, commit, [.. names[commit].Order(StringComparer.Ordinal)], repository.Snapshot(commit), Bytes(files),
                [.. variants.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)], IsWhole(model.At(commit)));
        }
    }

    private bool IsWhole(HubReference model)
    {
        try
        {
            return CachedModel.Find(model, settings, new()).State is CachedState.Whole or CachedState.Unknown;
        }
        catch (HubException e) when (e.Error == HubError.NothingChosen)
        {
            // Of files that were chosen one by one, nobody knows whether more are wanted.
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static CacheRemoval Whole(HubReference model, CachedRepository repository, string[] commits) =>
        new(model, [.. commits], Bytes(Files(repository.Folder)), [repository.Folder, repository.Locks]);

    private static CacheRemoval One(HubReference model, CachedRepository repository, string commit, string[] kept)
    {
        HashSet<string> used = [.. kept.SelectMany(other => Files(repository.Snapshot(other))).Select(Content)];
        string blobs = Path.GetFullPath(repository.Blob("")) + Path.DirectorySeparatorChar;
        string[] own = [.. Files(repository.Snapshot(commit)).Select(Content).Distinct(StringComparer.Ordinal).Where(content => !used.Contains(content))];
        string[] freed = [.. own.Where(content => content.StartsWith(blobs, StringComparison.Ordinal) && File.Exists(content))];
        IEnumerable<string> names = repository.Refs().Where(entry => entry.Commit == commit).Select(entry => Path.Combine([repository.Folder, "refs", .. entry.Name.Split('/')]));
        return new(model, [commit], Bytes(own), [.. names, repository.Snapshot(commit), repository.Tree(commit), .. freed]);
    }

    private void RequireInside(string path)
    {
        string inside = Path.GetFullPath(Folder).TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar;
        if (!Path.GetFullPath(path).StartsWith(inside, StringComparison.Ordinal)) throw new InvalidOperationException($"{path} is not in {Folder}.");
    }

    // What a file's link leads to, or the file itself.
    private static string Content(string file) =>
        Path.GetFullPath(new FileInfo(file).LinkTarget is { } target ? Path.Combine(Path.GetDirectoryName(file)!, target) : file);

    private static long Bytes(IEnumerable<string> files) => files.Select(Content).Distinct(StringComparer.Ordinal).Sum(path => new FileInfo(path) is { Exists: true } file ? file.Length : 0);

    // Links to files are files; links to folders are not entered.
    private static IEnumerable<string> Files(string folder) => !Directory.Exists(folder) ? [] : new FileSystemEnumerable<string>(
        folder, (ref FileSystemEntry entry) => entry.ToFullPath(), new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == FileAttributes.None,
        };

    private static string Hint(string name, string[] known) => known.Length == 0 ? ", which is empty." : NearestName.Hint(name, known);
}
