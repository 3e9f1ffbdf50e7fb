using Levare.Hub;
using Xunit;

namespace Levare.Tests.Hub;

public sealed class HubCacheTests : IDisposable
{
    private const string Vae = "vae/diffusion_pytorch_model.safetensors", Unet = "unet/diffusion_pytorch_model.safetensors";
    private readonly HubWorld _world = new();
    private readonly HubCache _cache;

    public HubCacheTests() => _cache = new(_world.Settings);

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_cache_that_is_not_there_has_no_models() => Assert.Empty(_cache.Revisions());

    [Fact]
    public void Each_revision_is_listed_with_its_names_size_and_variants()
    {
        PullTwo();
        CachedRevision[] revisions = [.. _cache.Revisions()];
        Assert.Equal([HubWorld.FirstCommit, HubWorld.SecondCommit], revisions.Select(revision => revision.Commit));
        Assert.Equal([[], ["main"]], revisions.Select(revision => revision.Names.ToArray()));
        Assert.Equal(HubWorld.Needed.Sum(path => (long)_world.Files[path].Length), revisions[0].Bytes);
        Assert.All(revisions, revision => Assert.Equal((HubWorld.Id, "", true), (revision.Id, Assert.Single(revision.Variants), revision.IsWhole)));
    }

    [Fact]
    public void What_is_missing_in_a_snapshot_is_noticed()
    {
        _world.Pull();
        File.Delete(_world.At(Vae));
        Assert.False(Assert.Single(_cache.Revisions()).IsWhole);
    }

    [Fact]
    public void Removing_a_revision_frees_only_what_no_other_one_uses()
    {
        PullTwo();
        CacheRemoval removal = _cache.PlanRemoval(HubReference.Parse($"{HubWorld.Id}@{HubWorld.FirstCommit}"));
        Assert.Equal(100_000, removal.Bytes);
        _cache.Remove(removal);
        Assert.Equal(HubWorld.SecondCommit, Assert.Single(_cache.Revisions()).Commit);
        Assert.False(File.Exists(_world.Blob(Vae)));
        Assert.Equal(_world.Files[Unet], File.ReadAllBytes(_world.At(Unet, HubWorld.SecondCommit)));
        Assert.Equal(0, _world.Pull().Fetched);
    }

    [Fact]
    public void Removing_a_revision_leaves_what_its_links_lead_to_beside_the_contents()
    {
        PullTwo();
        string own = Path.Combine(_world.Folder, "blobs-of-mine");
        File.WriteAllText(own, "mine");
        File.CreateSymbolicLink(_world.At("linked.txt"), own);
        _cache.Remove(_cache.PlanRemoval(HubReference.Parse($"{HubWorld.Id}@{HubWorld.FirstCommit}")));
        Assert.Equal("mine", File.ReadAllText(own));
    }

    [Fact]
    public void Removing_a_branch_removes_its_name_too()
    {
        PullTwo();
        _cache.Remove(_cache.PlanRemoval(HubReference.Parse($"{HubWorld.Id}@main")));
        CachedRevision left = Assert.Single(_cache.Revisions());
        Assert.Equal((HubWorld.FirstCommit, 0), (left.Commit, left.Names.Length));
    }

    [Fact]
    public void Removing_a_model_leaves_nothing_of_it_and_all_of_others()
    {
        _world.Hub.Add("someone/other", HubWorld.SecondCommit, ["main"], _world.Files);
        _world.Pull();
        _world.Pull(reference: HubReference.Parse("someone/other"));
        CacheRemoval removal = _cache.PlanRemoval(HubWorld.Reference);
        Assert.True(removal.Bytes >= HubWorld.Needed.Sum(path => (long)_world.Files[path].Length));
        _cache.Remove(removal);
        Assert.Equal("someone/other", Assert.Single(_cache.Revisions()).Id);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(_world.Settings.CacheFolder, "*some-model*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }), path => !path.Contains("other", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_outside_of_the_cache_is_ever_removed()
    {
        using TemporaryFolder elsewhere = new();
        string precious = elsewhere.Write("precious/file.txt", "mine");
        _world.Pull();
        Directory.CreateSymbolicLink(Path.Combine(_world.Folder, "snapshots", HubWorld.FirstCommit, "linked"), Path.GetDirectoryName(precious)!);
        File.CreateSymbolicLink(_world.At("linked.txt"), precious);
        _cache.Remove(_cache.PlanRemoval(HubWorld.Reference));
        Assert.Equal("mine", File.ReadAllText(precious));
        Directory.CreateSymbolicLink(_world.Folder, elsewhere.Path);
        Assert.Equal(HubError.Unsafe, Assert.Throws<HubException>(() => _cache.PlanRemoval(HubWorld.Reference)).Error);
    }

    [Fact]
    public void What_another_process_is_fetching_is_not_removed()
    {
        _world.Pull();
        string held = Path.Combine(_world.Settings.CacheFolder, ".locks", "models--someone--some-model", $"{LoopbackHub.Sha256(_world.Files[Unet])}.lock");
        using (new FileStream(held, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            Assert.Contains("is being fetched by another process", Assert.Throws<HubException>(() => _cache.Remove(_cache.PlanRemoval(HubWorld.Reference))).Message, StringComparison.Ordinal);
        Assert.Equal(HubWorld.Needed, _world.Snapshot());
    }

    [Theory]
    [InlineData("someone/some-modle", "did you mean someone/some-model?")]
    [InlineData("someone/some-model@mian", "did you mean main?")]
    public void What_is_not_there_is_named_with_the_nearest(string model, string message)
    {
        _world.Pull();
        HubException e = Assert.Throws<HubException>(() => _cache.PlanRemoval(HubReference.Parse(model)));
        Assert.Equal(HubError.NotFound, e.Error);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    private void PullTwo()
    {
        _world.Pull();
        _world.Hub.Add(HubWorld.Id, HubWorld.SecondCommit, ["main"], new Dictionary<string, byte[]>(_world.Files) { [Vae] = HubWorld.Bytes(1234, 99) });
        _world.Pull();
    }
}
