using Levare.Hub;
using Xunit;

namespace Levare.Tests.Hub;

public sealed class HubClientTests : IDisposable
{
    private const string Unet = "unet/diffusion_pytorch_model.safetensors", Token = "hf_secret";
    private readonly HubWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void The_token_goes_to_the_hub_and_never_to_another_host()
    {
        using LoopbackHub storage = new();
        storage.Misbehave = request => storage.Content(_world.Files[Unet], request);
        _world.Settings = _world.Settings with { Token = Token };
        _world.Hub.Misbehave = request => request.Path.EndsWith(Unet, StringComparison.Ordinal) ? Reply.Empty(302, ("Location", $"{storage.Address}signed?key=1")) : null;
        _world.Pull();
        Assert.Equal(_world.Files[Unet], File.ReadAllBytes(_world.At(Unet)));
        Assert.All(_world.Hub.Requests, request => Assert.Equal($"Bearer {Token}", request.Header("Authorization")));
        Assert.Null(Assert.Single(storage.Requests).Header("Authorization"));
    }

    [Fact]
    public void A_model_that_moved_is_followed_with_the_token()
    {
        _world.Settings = _world.Settings with { Token = Token };
        _world.Hub.Misbehave = request => request.Path.StartsWith("/api/models/old/name/", StringComparison.Ordinal) ? Reply.Empty(307, ("Location", request.Path.Replace("old/name", HubWorld.Id, StringComparison.Ordinal)))
            : request.Path.StartsWith("/old/name/", StringComparison.Ordinal) ? Reply.Empty(307, ("Location", request.Path.Replace("old/name", HubWorld.Id, StringComparison.Ordinal))) : null;
        PulledModel pulled = _world.Pull(reference: HubReference.Parse("old/name"));
        Assert.Equal(_world.Files[Unet], File.ReadAllBytes(Path.Combine(pulled.Folder, Unet)));
        Assert.All(_world.Hub.Requests, request => Assert.Equal($"Bearer {Token}", request.Header("Authorization")));
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/x")]
    public void To_what_is_no_web_address_nobody_is_sent_on(string location)
    {
        _world.Hub.Misbehave = request => request.Path.EndsWith(Unet, StringComparison.Ordinal) ? Reply.Empty(302, ("Location", location)) : null;
        Assert.Equal(HubError.Unsafe, Assert.Throws<HubException>(() => _world.Pull()).Error);
    }

    [Fact]
    public void A_circle_of_redirects_ends()
    {
        _world.Hub.Misbehave = request => Reply.Empty(302, ("Location", request.Path));
        Assert.Contains("sent on more than 10 times", Assert.Throws<HubException>(() => _world.Pull()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hub_that_is_asked_too_often_is_left_alone_as_long_as_it_wants()
    {
        int refusals = 2;
        _world.Hub.Misbehave = _ => Interlocked.Decrement(ref refusals) >= 0 ? Reply.Empty(429, ("Retry-After", "7")) : null;
        _world.Pull();
        Assert.Equal([TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7)], _world.Waits);
    }

    [Fact]
    public void Waits_grow_and_end()
    {
        _world.Hub.Misbehave = _ => Reply.Empty(503);
        HubException e = Assert.Throws<HubException>(() => _world.Pull());
        Assert.Equal(HubError.Unreachable, e.Error);
        Assert.Contains("answers with status 503, 6 times", e.Message, StringComparison.Ordinal);
        Assert.Equal(5, _world.Waits.Count);
        Assert.All(_world.Waits.Select((wait, i) => wait / (TimeSpan.FromSeconds(0.5) * Math.Pow(2, i))), part => Assert.InRange(part, 0.5, 1));
    }

    [Fact]
    public void A_hub_that_wants_hours_is_not_waited_for()
    {
        _world.Hub.Misbehave = _ => Reply.Empty(429, ("Retry-After", "7200"));
        Assert.Contains("wants to be asked again in 120 minutes", Assert.Throws<HubException>(() => _world.Pull()).Message, StringComparison.Ordinal);
        Assert.Empty(_world.Waits);
    }

    [Fact]
    public void A_storage_address_that_expired_is_asked_for_again()
    {
        using LoopbackHub storage = new();
        int expired = 1;
        storage.Misbehave = request => Interlocked.Decrement(ref expired) >= 0 ? Reply.Empty(403) : storage.Content(_world.Files[Unet], request);
        _world.Hub.Misbehave = request => request.Path.EndsWith(Unet, StringComparison.Ordinal) ? Reply.Empty(302, ("Location", $"{storage.Address}signed")) : null;
        _world.Pull();
        Assert.Equal(2, storage.Requests.Count);
    }

    [Fact]
    public void Nobody_at_the_address_is_said()
    {
        _world.Hub.Dispose();
        HubException e = Assert.Throws<HubException>(() => _world.Pull());
        Assert.Equal(HubError.Unreachable, e.Error);
        Assert.Contains("cannot be reached", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "RepoNotFound", "is private, or its terms are to be accepted at", "set HF_TOKEN")]
    [InlineData(401, "GatedRepo", "is gated: accept its terms at", "set HF_TOKEN")]
    [InlineData(403, "GatedRepo", "is gated: accept its terms at", "set HF_TOKEN")]
    [InlineData(403, "", "may not be downloaded", "set HF_TOKEN")]
    public void Who_may_not_see_a_model_is_told_what_would_help(int status, string code, string message, string help)
    {
        _world.Hub.Misbehave = _ => Reply.Empty(status, ("X-Error-Code", code));
        HubException e = Assert.Throws<HubException>(() => _world.Pull());
        Assert.Equal(HubError.AccessDenied, e.Error);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.Contains(help, e.Message, StringComparison.Ordinal);
        Assert.Contains($"{_world.Hub.Address}{HubWorld.Id}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_that_does_not_help_is_not_shown()
    {
        _world.Settings = _world.Settings with { Token = Token };
        _world.Hub.Misbehave = _ => Reply.Empty(403, ("X-Error-Code", "GatedRepo"));
        HubException e = Assert.Throws<HubException>(() => _world.Pull());
        Assert.Contains("the token that was sent does not open it", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, $"{e} {_world.Settings}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("someone/other", "has no model someone/other (revision main)")]
    [InlineData("someone/some-model@fp61", "someone/some-model has no revision 'fp61': did you mean fp16?")]
    public void What_there_is_not_is_named(string model, string message)
    {
        HubException e = Assert.Throws<HubException>(() => _world.Pull(reference: HubReference.Parse(model)));
        Assert.Equal(HubError.NotFound, e.Error);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<html>log in</html>")]
    [InlineData("[]")]
    [InlineData("""{"siblings": []}""")]
    [InlineData("""{"sha": "../../x", "siblings": []}""")]
    [InlineData("""{"sha": "1111111111111111111111111111111111111111"}""")]
    [InlineData("""{"sha": "1111111111111111111111111111111111111111", "siblings": [{"rfilename": "a", "size": -1}]}""")]
    [InlineData("""{"sha": "1111111111111111111111111111111111111111", "siblings": [{"rfilename": "a", "blobId": "../x"}]}""")]
    [InlineData("""{"sha": "1111111111111111111111111111111111111111", "siblings": [{"rfilename": "a", "size": 9000000000000000000}]}""")]
    [InlineData("""{"sha": "1111111111111111111111111111111111111111", "siblings": [{"rfilename": "a", "lfs": {"sha256": "../x"}}]}""")]
    [InlineData("""{"sha": "1111111111111111111111111111111111111111", "siblings": [7]}""")]
    public void An_answer_that_is_no_listing_is_refused(string answer)
    {
        _world.Hub.Misbehave = _ => new(200, HubWorld.Text(answer));
        HubException e = Assert.Throws<HubException>(() => _world.Pull());
        Assert.Equal(HubError.Corrupt, e.Error);
        Assert.Contains("Is HF_ENDPOINT right?", e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_world.Settings.CacheFolder));
    }

    [Theory]
    [InlineData("../../../../evil.json")]
    [InlineData("/evil.json")]
    [InlineData("unet/../../evil.json")]
    [InlineData("unet\\evil.json")]
    [InlineData("C:evil.json")]
    [InlineData("unet/")]
    [InlineData("unet//evil.json")]
    [InlineData("aux.json")]
    [InlineData("unet/COM1")]
    [InlineData("evil.json.")]
    [InlineData("evil\n.json")]
    [InlineData("Model_Index.json")]
    [InlineData("unet")]
    public void Names_that_are_not_safe_are_refused_and_nothing_is_written(string name)
    {
        Dictionary<string, byte[]> files = new(_world.Files) { [name] = HubWorld.Text("{}") };
        _world.Hub.Add(HubWorld.Id, HubWorld.SecondCommit, ["main"], files);
        HubException e = Assert.Throws<HubException>(() => _world.Pull(new() { Include = ["*"] }));
        Assert.Equal(HubError.Unsafe, e.Error);
        Assert.Contains("is refused", e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_world.Settings.CacheFolder));
    }
}
