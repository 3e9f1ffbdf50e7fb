using System.Text.Json;
using Levare.Hub;
using Xunit;

namespace Levare.Tests.Hub;

public sealed class HubModelTests : IDisposable
{
    private const string Unet = "unet/diffusion_pytorch_model.safetensors", Vae = "vae/diffusion_pytorch_model.safetensors";
    private readonly HubWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_pull_brings_what_the_model_needs_and_nothing_else()
    {
        PulledModel pulled = _world.Pull();
        Assert.Equal(HubWorld.Needed, _world.Snapshot());
        Assert.Equal(HubWorld.Needed.Sum(path => _world.Files[path].Length), _world.Hub.Served);
        Assert.Equal((_world.Hub.Served, _world.Hub.Served), (pulled.Bytes, pulled.Fetched));
        Assert.All(HubWorld.Needed, path => Assert.Equal(_world.Files[path], File.ReadAllBytes(Path.Combine(pulled.Folder, path))));
    }

    [Fact]
    public void The_cache_has_the_layout_of_python()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows makes links for some users only");
        _world.Pull();
        string sha256 = LoopbackHub.Sha256(_world.Files[Unet]), sha1 = LoopbackHub.Sha1(_world.Files["unet/config.json"]);
        Assert.Equal($"../../../blobs/{sha256}", new FileInfo(_world.At(Unet)).LinkTarget);
        Assert.Equal($"../../../blobs/{sha1}", new FileInfo(_world.At("unet/config.json")).LinkTarget);
        Assert.Equal(HubWorld.FirstCommit, File.ReadAllText(Path.Combine(_world.Folder, "refs", "main")));
        Assert.True(File.Exists(Path.Combine(_world.Settings.CacheFolder, ".locks", "models--someone--some-model", $"{sha256}.lock")));
        using JsonDocument tree = JsonDocument.Parse(File.ReadAllText(Path.Combine(_world.Folder, "trees", $"{HubWorld.FirstCommit}.json")));
        JsonElement entry = tree.RootElement.GetProperty("files").GetProperty(Unet);
        Assert.Equal((300_000, sha256), (entry.GetProperty("lfs_size").GetInt32(), entry.GetProperty("lfs_sha256").GetString()));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_world.Folder, "blobs"), "*.incomplete"));
    }

    [Fact]
    public void What_is_here_is_not_fetched_again()
    {
        _world.Pull();
        long served = _world.Hub.Served;
        PulledModel again = _world.Pull();
        Assert.Equal((served, 0), (_world.Hub.Served, again.Fetched));
    }

    [Fact]
    public void What_python_pulled_is_found()
    {
        // The layout as Python writes it, without the list of files that newer versions add.
        foreach (string path in HubWorld.Needed)
        {
            string tag = path.EndsWith(".safetensors", StringComparison.Ordinal) ? LoopbackHub.Sha256(_world.Files[path]) : LoopbackHub.Sha1(_world.Files[path]);
            string blob = Path.Combine(_world.Folder, "blobs", tag);
            Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
            Directory.CreateDirectory(Path.GetDirectoryName(_world.At(path))!);
            File.WriteAllBytes(blob, _world.Files[path]);
            File.CreateSymbolicLink(_world.At(path), Path.GetRelativePath(Path.GetDirectoryName(_world.At(path))!, blob));
        }
        Directory.CreateDirectory(Path.Combine(_world.Folder, "refs"));
        File.WriteAllText(Path.Combine(_world.Folder, "refs", "main"), HubWorld.FirstCommit);
        Assert.Equal(Path.Combine(_world.Folder, "snapshots", HubWorld.FirstCommit), HubModel.Resolve(HubWorld.Id, settings: _world.Settings with { Offline = true }));
        Assert.Equal(0, _world.Pull().Fetched);
    }

    [Fact]
    public void A_model_in_the_cache_is_opened_without_asking_the_hub()
    {
        string folder = HubModel.Resolve(HubWorld.Id, settings: _world.Settings);
        int asked = _world.Hub.Requests.Count;
        Assert.Equal(folder, HubModel.Resolve(HubWorld.Id, settings: _world.Settings with { Offline = true }));
        Assert.Equal(folder, HubModel.Resolve($"{HubWorld.Id}@{HubWorld.FirstCommit}", settings: _world.Settings));
        Assert.Equal(asked, _world.Hub.Requests.Count);
    }

    [Fact]
    public void A_model_whose_half_precision_was_pulled_is_whole_for_who_names_no_variant()
    {
        _world.Pull(new() { Variant = "fp16" });
        int asked = _world.Hub.Requests.Count;
        HubModel.Resolve(HubWorld.Id, settings: _world.Settings);
        Assert.Equal(asked, _world.Hub.Requests.Count);
        Assert.Contains("unet/diffusion_pytorch_model.fp16.safetensors", _world.Snapshot());
        Assert.DoesNotContain(Unet, _world.Snapshot());
    }

    [Fact]
    public void Offline_says_what_is_missing_and_asks_nothing()
    {
        HubException e = Assert.Throws<HubException>(() => HubModel.Resolve(HubWorld.Id, settings: _world.Settings with { Offline = true }));
        Assert.Equal(HubError.Offline, e.Error);
        Assert.Contains("HF_HUB_OFFLINE", e.Message, StringComparison.Ordinal);
        _world.Pull();
        File.Delete(_world.At(Vae));
        Assert.Contains("only in part", Assert.Throws<HubException>(() => HubModel.Resolve(HubWorld.Id, settings: _world.Settings with { Offline = true })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_commit_shares_what_did_not_change_and_the_old_one_stays()
    {
        _world.Pull();
        Dictionary<string, byte[]> changed = new(_world.Files) { [Vae] = HubWorld.Bytes(1234, 99) };
        _world.Hub.Add(HubWorld.Id, HubWorld.SecondCommit, ["main"], changed);
        PulledModel pulled = _world.Pull();
        Assert.Equal((HubWorld.SecondCommit, 1234), (pulled.Commit, pulled.Fetched));
        Assert.Equal(_world.Files[Vae], File.ReadAllBytes(_world.At(Vae)));
        Assert.Equal(HubWorld.SecondCommit, File.ReadAllText(Path.Combine(_world.Folder, "refs", "main")));
    }

    [Fact]
    public void Without_links_a_snapshot_holds_the_files_themselves_once()
    {
        _world.Settings = _world.Settings with { DisableSymlinks = true };
        _world.Pull();
        Assert.All(HubWorld.Needed, path => Assert.Equal((null, _world.Files[path].Length), (new FileInfo(_world.At(path)).LinkTarget, new FileInfo(_world.At(path)).Length)));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_world.Folder, "blobs")));
        Assert.Equal(0, _world.Pull().Fetched);
    }

    [Fact]
    public void A_hub_whose_listing_has_no_sizes_is_asked_for_the_headers_of_each_file()
    {
        _world.Hub.Lie = answer =>
        {
            foreach (var file in answer["siblings"]!.AsArray())
                foreach (string key in new[] { "size", "blobId", "lfs" }) file!.AsObject().Remove(key);
        };
        _world.Pull();
        Assert.Equal(HubWorld.Needed, _world.Snapshot());
        Assert.Equal(HubWorld.Needed.Length, _world.Hub.Requests.Where(request => request.Method == "HEAD").Select(request => request.Path).Distinct().Count());
        Assert.True(File.Exists(_world.Blob(Unet)));
    }

    [Fact]
    public async Task Progress_ends_with_all_files_and_all_bytes()
    {
        List<PullProgress> told = [];
        await HubModel.PullAsync(HubWorld.Reference, null, _world.Settings, new Listener(told), TestContext.Current.CancellationToken);
        long all = HubWorld.Needed.Sum(path => (long)_world.Files[path].Length);
        Assert.Equal((HubWorld.Needed.Length, HubWorld.Needed.Length, all, all), (told[^1].Files, told[^1].AllFiles, told[^1].Bytes, told[^1].AllBytes));
        Assert.All(told.Zip(told.Skip(1)), pair => Assert.True(pair.First.Bytes <= pair.Second.Bytes && pair.First.Files <= pair.Second.Files));
    }

    [Fact]
    public void What_is_about_to_be_fetched_is_told_before_it_is()
    {
        List<(PullPlan Plan, long Served)> told = [];
        PullOptions options = new() { Planned = plan => told.Add((plan, _world.Hub.Served)) };
        _world.Pull(options);
        _world.Pull(options);
        long all = HubWorld.Needed.Sum(path => (long)_world.Files[path].Length), index = _world.Files["model_index.json"].Length;
        Assert.Equal([(all, all), (all, 0)], told.Select(entry => (entry.Plan.Bytes, entry.Plan.Missing)));
        Assert.Equal(index, told[0].Served);
    }

    private sealed class Listener(List<PullProgress> told) : IProgress<PullProgress>
    {
        public void Report(PullProgress value) => told.Add(value);
    }
}
