using Levare.Hub;
using Xunit;

namespace Levare.Tests.Hub;

public sealed class BrokenDownloadTests : IDisposable
{
    private const string Unet = "unet/diffusion_pytorch_model.safetensors";
    private readonly HubWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_connection_that_breaks_is_taken_up_where_it_broke()
    {
        int breaks = 3;
        _world.Hub.Misbehave = request => IsUnet(request) && Interlocked.Decrement(ref breaks) >= 0 ? _world.Hub.Content(_world.Files[Unet], request) with { BreakAfter = 70_000 } : null;
        _world.Pull();
        Assert.Equal([0, 70_000, 140_000, 210_000], _world.Hub.Requests.Where(IsUnet).Select(request => request.RangeStart));
        Assert.Equal(HubWorld.Needed.Sum(path => _world.Files[path].Length), _world.Hub.Served);
        Assert.Equal(_world.Files[Unet], File.ReadAllBytes(_world.At(Unet)));
    }

    [Fact]
    public async Task A_pull_that_was_stopped_goes_on_where_it_stopped()
    {
        using CancellationTokenSource stop = new();
        _world.Hub.Misbehave = request => IsUnet(request) ? _world.Hub.Content(_world.Files[Unet], request) with { StallAfter = 100_000 } : null;
        Task<PulledModel> pull = _world.PullAsync(cancellation: stop.Token);
        string partial = $"{_world.Blob(Unet)}.incomplete";
        while (!(File.Exists(partial) && new FileInfo(partial).Length == 100_000)) await Task.Delay(10);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull);
        Assert.False(File.Exists(Path.Combine(_world.Folder, "refs", "main")));
        _world.Hub.Misbehave = null;
        _world.Pull();
        Assert.Equal(100_000, _world.Hub.Requests.Last(IsUnet).RangeStart);
        Assert.Equal(_world.Files[Unet], File.ReadAllBytes(_world.At(Unet)));
    }

    [Fact]
    public void A_hub_that_does_not_know_ranges_is_asked_for_the_whole()
    {
        int answers = 0;
        _world.Hub.Misbehave = request => !IsUnet(request) ? null : new Reply(200, _world.Files[Unet]) { BreakAfter = answers++ == 0 ? 70_000 : null };
        _world.Pull();
        Assert.Equal(_world.Files[Unet], File.ReadAllBytes(_world.At(Unet)));
    }

    [Fact]
    public void A_damaged_beginning_is_fetched_anew()
    {
        Directory.CreateDirectory(Path.Combine(_world.Folder, "blobs"));
        File.WriteAllBytes($"{_world.Blob(Unet)}.incomplete", new byte[1000]);
        _world.Pull();
        Assert.Equal([1000, 0], _world.Hub.Requests.Where(IsUnet).Select(request => request.RangeStart));
        Assert.Equal(_world.Files[Unet], File.ReadAllBytes(_world.At(Unet)));
    }

    [Fact]
    public void A_damaged_content_in_the_cache_is_noticed_and_repaired()
    {
        _world.Pull();
        byte[] damaged = [.. _world.Files[Unet]];
        damaged[1234] ^= 1;
        File.WriteAllBytes(_world.Blob(Unet), damaged);
        PulledModel pulled = _world.Pull();
        Assert.Equal([Unet], pulled.Repaired);
        Assert.Equal(300_000, pulled.Fetched);
        Assert.Equal(_world.Files[Unet], File.ReadAllBytes(_world.At(Unet)));
    }

    [Theory]
    [InlineData(299_999)]
    [InlineData(300_001)]
    public void Another_size_than_the_listing_says_is_refused(int size)
    {
        _world.Hub.Misbehave = request => IsUnet(request) ? new Reply(200, HubWorld.Bytes(size, 1)) : null;
        HubException e = Assert.Throws<HubException>(() => _world.Pull());
        Assert.Equal(HubError.Corrupt, e.Error);
        Assert.Contains($"announced with {size} bytes, where the listing says 300000", e.Message, StringComparison.Ordinal);
        AssertNothingOf(Unet);
    }

    [Fact]
    public void A_body_without_end_is_cut_at_the_announced_size()
    {
        _world.Hub.Misbehave = request => IsUnet(request) ? new Reply(200, Chunk([.. _world.Files[Unet], .. new byte[100_000]])) { Headers = new() { ["Transfer-Encoding"] = "chunked", ["Content-Length"] = "300000" } } : null;
        HubException e = Assert.Throws<HubException>(() => _world.Pull());
        Assert.Equal(HubError.Corrupt, e.Error);
        Assert.Contains("goes on after the 300000 bytes", e.Message, StringComparison.Ordinal);
        AssertNothingOf(Unet);
    }

    [Theory]
    [InlineData(Unet)]
    [InlineData("unet/config.json")]
    public void Another_content_than_the_hash_says_is_refused(string path)
    {
        _world.Hub.Misbehave = request => request.Path.EndsWith(path, StringComparison.Ordinal) ? new Reply(200, HubWorld.Bytes(_world.Files[path].Length, 77)) : null;
        HubException e = Assert.Throws<HubException>(() => _world.Pull());
        Assert.Equal(HubError.Corrupt, e.Error);
        Assert.Contains($"{path} is damaged", e.Message, StringComparison.Ordinal);
        AssertNothingOf(path);
    }

    [Fact]
    public void Another_part_than_was_asked_for_is_refused()
    {
        int answers = 0;
        _world.Hub.Misbehave = request => !IsUnet(request) ? null
            : answers++ == 0 ? _world.Hub.Content(_world.Files[Unet], request) with { BreakAfter = 70_000 }
            : new Reply(206, _world.Files[Unet][60_000..]) { Headers = new() { ["Content-Range"] = "bytes 60000-299999/300000" } };
        Assert.Contains("bytes from 60000 were sent, where those from 70000 were asked for", Assert.Throws<HubException>(() => _world.Pull()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_silent_hub_is_asked_again()
    {
        _world.Settings = _world.Settings with { Timeout = TimeSpan.FromMilliseconds(400) };
        int stalls = 2;
        _world.Hub.Misbehave = request => IsUnet(request) && Interlocked.Decrement(ref stalls) >= 0 ? _world.Hub.Content(_world.Files[Unet], request) with { StallAfter = 50_000 } : null;
        _world.Pull();
        Assert.Equal([0, 50_000, 100_000], _world.Hub.Requests.Where(IsUnet).Select(request => request.RangeStart));
    }

    [Fact]
    public async Task Two_pulls_at_once_fetch_each_content_once()
    {
        Task<PulledModel>[] pulls = [_world.PullAsync(), _world.PullAsync(), _world.PullAsync()];
        PulledModel[] pulled = await Task.WhenAll(pulls);
        Assert.Equal(HubWorld.Needed.Sum(path => _world.Files[path].Length), _world.Hub.Served);
        Assert.Equal(_world.Hub.Served, pulled.Sum(one => one.Fetched));
        Assert.All(HubWorld.Needed, path => Assert.Equal(_world.Files[path], File.ReadAllBytes(_world.At(path))));
    }

    [Fact]
    public void A_full_disk_is_noticed_before_anything_is_fetched()
    {
        _world.Settings = _world.Settings with { FreeSpace = _ => 200_000 };
        HubException e = Assert.Throws<HubException>(() => _world.Pull());
        Assert.Equal(HubError.DiskFull, e.Error);
        Assert.Contains("needs 400.1 kB more, and the disk of", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_world.Hub.Requests, IsUnet);
    }

    private static bool IsUnet(SeenRequest request) => request.Path.EndsWith(Unet, StringComparison.Ordinal);

    private static byte[] Chunk(byte[] content) => [.. HubWorld.Text($"{content.Length:x}\r\n"), .. content, .. HubWorld.Text("\r\n0\r\n\r\n")];

    private void AssertNothingOf(string path)
    {
        Assert.False(Path.Exists(_world.At(path)));
        string tag = path == Unet ? LoopbackHub.Sha256(_world.Files[path]) : LoopbackHub.Sha1(_world.Files[path]);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_world.Folder, "blobs"), $"{tag}*"));
    }
}
