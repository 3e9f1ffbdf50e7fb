using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Levare.Tests.Hub;

/// <summary>A request as a server saw it.</summary>
internal sealed record SeenRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public long RangeStart => Header("Range") is { } range ? long.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture) : 0;
}

/// <summary>An answer: a body may be broken off, or stop without an end.</summary>
internal sealed record Reply(int Status, byte[] Body)
{
    public Dictionary<string, string> Headers { get; init; } = [];

    public int? BreakAfter { get; init; }

    public int? StallAfter { get; init; }

    public static Reply Empty(int status, params (string Name, string Value)[] headers) => new(status, []) { Headers = headers.ToDictionary(pair => pair.Name, pair => pair.Value) };
}

/// <summary>A hub on the loopback: it serves repositories as the real one does, unless a test lets it misbehave.</summary>
internal sealed class LoopbackHub : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Repository> _repositories = [];
    private long _served;

    public LoopbackHub()
    {
        _listener.Start();
        Address = new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _ = AcceptAsync();
    }

    public Uri Address { get; }

    public ConcurrentQueue<SeenRequest> Requests { get; } = [];

    /// <summary>The bytes of file contents that were sent.</summary>
    public long Served => Interlocked.Read(ref _served);

    /// <summary>May answer in place of the hub; null leaves it to the hub.</summary>
    public Func<SeenRequest, Reply?>? Misbehave { get; set; }

    /// <summary>Changes what is listed of a repository.</summary>
    public Action<JsonObject>? Lie { get; set; }

    public static string Sha1(byte[] content)
    {
#pragma warning disable CA5350 // Git's own.
        return Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350
    }

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Adds a repository at a commit, and gives the commit names.</summary>
    public void Add(string id, string commit, string[] names, IReadOnlyDictionary<string, byte[]> files)
    {
        foreach (Repository other in _repositories.Where(other => other.Id == id).ToArray())
            _repositories[_repositories.IndexOf(other)] = other with { Names = [.. other.Names.Except(names)] };
        _repositories.Add(new(id, commit, names, files));
    }

    /// <summary>The content of a file, for answers of a test's own; a range of it where one is asked for.</summary>
    public Reply Content(byte[] content, SeenRequest request)
    {
        long from = request.RangeStart;
        if (from >= content.Length && from > 0) return Reply.Empty(416);
        Reply reply = new(from > 0 ? 206 : 200, content[(int)from..]);
        if (from > 0) reply.Headers["Content-Range"] = $"bytes {from}-{content.Length - 1}/{content.Length}";
        return reply;
    }

    public void Dispose()
    {
        // The source of the token stays undisposed: who answers last still looks at it.
        _stop.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using TcpClient owned = client;
        try
        {
            using NetworkStream stream = client.GetStream();
            SeenRequest request = await ReadAsync(stream);
            Requests.Enqueue(request);
            await WriteAsync(stream, request, Misbehave?.Invoke(request) ?? Answer(request));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Who asked has gone, or the test has ended.
        }
    }

    private Reply Answer(SeenRequest request)
    {
        string[] parts = request.Path.Split('?')[0].Trim('/').Split('/');
        if (parts is ["api", "models", var owner, var name, "revision", var revision]) return List($"{owner}/{name}", Uri.UnescapeDataString(revision));
        if (parts is ["api", "models", _, _, "refs"]) return Json(new() { ["branches"] = new JsonArray(new JsonObject { ["name"] = "main" }, new JsonObject { ["name"] = "fp16" }), ["tags"] = new JsonArray() });
        if (parts is [var user, var model, "resolve", var commit, .. var path]) return File(request, $"{user}/{model}", commit, string.Join('/', path.Select(Uri.UnescapeDataString)));
        return Reply.Empty(404);
    }

    private Reply List(string id, string revision)
    {
        if (_repositories.All(repository => repository.Id != id)) return Reply.Empty(404, ("X-Error-Code", "RepoNotFound"));
        if (_repositories.LastOrDefault(repository => repository.Id == id && (repository.Commit == revision || repository.Names.Contains(revision))) is not { } found) return Reply.Empty(404, ("X-Error-Code", "RevisionNotFound"));
        JsonArray siblings = [];
        foreach ((string path, byte[] content) in found.Files)
        {
            JsonObject entry = new() { ["rfilename"] = path, ["size"] = content.Length, ["blobId"] = Sha1(content) };
            if (IsLarge(path)) entry["lfs"] = new JsonObject { ["sha256"] = Sha256(content), ["size"] = content.Length, ["pointerSize"] = 135 };
            siblings.Add(entry);
        }
        JsonObject answer = new() { ["id"] = id, ["sha"] = found.Commit, ["siblings"] = siblings };
        Lie?.Invoke(answer);
        return Json(answer);
    }

    private Reply File(SeenRequest request, string id, string commit, string path)
    {
        if (_repositories.LastOrDefault(repository => repository.Id == id && repository.Commit == commit)?.Files.GetValueOrDefault(path) is not { } content) return Reply.Empty(404, ("X-Error-Code", "EntryNotFound"));
        Reply reply = Content(content, request);
        reply.Headers["X-Repo-Commit"] = commit;
        reply.Headers["ETag"] = $"\"{(IsLarge(path) ? Sha256(content) : Sha1(content))}\"";
        return reply;
    }

    private static bool IsLarge(string path) => Path.GetExtension(path) is ".safetensors" or ".bin" or ".ckpt";

    private static Reply Json(JsonObject content) => new(200, Encoding.UTF8.GetBytes(content.ToJsonString()));

    private static async Task<SeenRequest> ReadAsync(NetworkStream stream)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0) throw new IOException("no request came");
            head.Append((char)one[0]);
        }
        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        return new(first[0], first[1], lines[1..].Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase));
    }

    private async Task WriteAsync(NetworkStream stream, SeenRequest request, Reply reply)
    {
        StringBuilder head = new($"HTTP/1.1 {reply.Status} Status\r\nConnection: close\r\n");
        foreach ((string name, string value) in reply.Headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (!reply.Headers.ContainsKey("Content-Length")) head.Append(CultureInfo.InvariantCulture, $"Content-Length: {reply.Body.Length}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
        if (request.Method == "HEAD") return;
        int length = Math.Min(reply.Body.Length, reply.BreakAfter ?? reply.StallAfter ?? int.MaxValue);
        await stream.WriteAsync(reply.Body.AsMemory(0, length), _stop.Token);
        if (request.Path.Contains("/resolve/", StringComparison.Ordinal)) Interlocked.Add(ref _served, length);
        if (reply.StallAfter is not null) await Task.Delay(Timeout.Infinite, _stop.Token);
    }

    private sealed record Repository(string Id, string Commit, string[] Names, IReadOnlyDictionary<string, byte[]> Files);
}
