using System.Net;
using System.Text.Json;
using Levare.Runtime;

namespace Levare.Hub;

/// <summary>What is asked of a hub: which files a model has, and their content. Thread-safe.</summary>
internal sealed class HubClient(HubSettings settings) : IDisposable
{
    private const int LargestAnswer = 64 << 20;
    private readonly HubConnection _connection = new(settings);
    private readonly HubPatience _patience = new(settings);

    /// <summary>The files of a model at a revision.</summary>
    /// <exception cref="HubException">They cannot be had.</exception>
    public Task<HubListing> ListAsync(HubReference reference, CancellationToken cancellation) => _patience.RunAsync($"the files of {reference}", async () =>
    {
        Uri address = Api(reference, $"revision/{Uri.EscapeDataString(reference.Revision)}?blobs=true");
        using HttpResponseMessage response = await _connection.SendAsync(HttpMethod.Get, address, 0, cancellation);
        if (!response.IsSuccessStatusCode) throw await FailureAsync(response, reference, null, cancellation);
        try
        {
            using JsonDocument answer = JsonDocument.Parse(await ReadAnswerAsync(response, address, cancellation));
            return HubListing.Parse(reference, answer.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new HubException(HubError.Corrupt, $"{address} answers with what no hub does: {e.Message}. Is HF_ENDPOINT right?", e);
        }
    }, null, cancellation);

    /// <summary>A file with the size and tag that the hub's headers give, for hubs whose listing has none.</summary>
    /// <exception cref="HubException">They cannot be had.</exception>
    public Task<HubFile> DescribeAsync(HubListing listing, HubFile file, CancellationToken cancellation) => _patience.RunAsync($"{listing.Reference.Id}: {file.Path}", async () =>
    {
        using HttpResponseMessage response = await _connection.SendAsync(HttpMethod.Head, Address(listing, file), 0, cancellation);
        if ((int)response.StatusCode >= 400) throw await FailureAsync(response, listing.Reference, file.Path, cancellation);
        return HubHeaders.Describe(response, listing, file);
    }, null, cancellation);

    /// <summary>A file's content, taken up by a reader that can go on where it was cut off.</summary>
    /// <exception cref="HubException">It cannot be had.</exception>
    public Task FetchAsync(HubListing listing, HubFile file, IContentReader reader, CancellationToken cancellation) => _patience.RunAsync($"{listing.Reference.Id}: {file.Path}", async () =>
    {
        using HttpResponseMessage response = await _connection.SendAsync(HttpMethod.Get, Address(listing, file), reader.Length, cancellation);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            reader.Restart();
            throw new PassingFailureException("has not the rest of the file");
        }
        if (!response.IsSuccessStatusCode) throw await FailureAsync(response, listing.Reference, file.Path, cancellation);
        HubHeaders.CheckRange(response, listing, file, reader);
        using Stream content = await response.Content.ReadAsStreamAsync(cancellation);
        await reader.ReadAsync((buffer, token) => _connection.ReadAsync(content, buffer, token), cancellation);
        return true;
    }, () => reader.Length, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private Uri Api(HubReference reference, string rest) => new($"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}/api/models/{reference.Id}/{rest}");

    private Uri Address(HubListing listing, HubFile file) =>
        new($"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{listing.Reference.Id}/resolve/{listing.Commit}/{string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString))}");

    private async Task<ReadOnlyMemory<byte>> ReadAnswerAsync(HttpResponseMessage response, Uri address, CancellationToken cancellation)
    {
        using Stream content = await response.Content.ReadAsStreamAsync(cancellation);
        MemoryStream answer = new();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = await _connection.ReadAsync(content, buffer, cancellation)) > 0;)
        {
            answer.Write(buffer, 0, read);
            if (answer.Length > LargestAnswer) throw new HubException(HubError.Corrupt, $"{address} answers with more than {LargestAnswer} bytes.");
        }
        return answer.GetBuffer().AsMemory(0, (int)answer.Length);
    }

    private async Task<HubException> FailureAsync(HttpResponseMessage response, HubReference reference, string? file, CancellationToken cancellation)
    {
        string code = response.Headers.TryGetValues("X-Error-Code", out IEnumerable<string>? codes) ? codes.First() : "";
        string page = $"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{reference.Id}";
        string token = settings.Token is null ? "set HF_TOKEN to a token of an account that may see it" : "the token that was sent does not open it";
        return response.StatusCode switch
        {
            HttpStatusCode.NotFound when code == "RevisionNotFound" =>
                new(HubError.NotFound, $"{reference.Id} has no revision '{reference.Revision}'{NearestName.Hint(reference.Revision, await RevisionsAsync(reference, cancellation))}"),
            HttpStatusCode.NotFound when file is not null => new(HubError.NotFound, $"{reference} has no file {file}."),
            HttpStatusCode.NotFound => new(HubError.NotFound, $"{settings.Endpoint.Authority} has no model {reference.Id} (revision {reference.Revision})."),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when code == "GatedRepo" =>
                new(HubError.AccessDenied, $"{reference.Id} is gated: accept its terms at {page}; {token}."),
            HttpStatusCode.Unauthorized => new(HubError.AccessDenied, $"there is no model {reference.Id}, or it is private, or its terms are to be accepted at {page}; {token}."),
            HttpStatusCode.Forbidden => new(HubError.AccessDenied, $"{reference.Id} may not be downloaded: its terms may have to be accepted at {page}; {token}."),
            _ => new(HubError.Unreachable, $"{page}: {settings.Endpoint.Authority} answers with status {(int)response.StatusCode}."),
        };
    }

    // Only for a hint: whatever fails here, the hint is left out.
    private async Task<string[]> RevisionsAsync(HubReference reference, CancellationToken cancellation)
    {
        Uri address = Api(reference, "refs");
        try
        {
            using HttpResponseMessage response = await _connection.SendAsync(HttpMethod.Get, address, 0, cancellation);
            using JsonDocument answer = JsonDocument.Parse(await ReadAnswerAsync(response, address, cancellation));
            string[] names = [.. new[] { "branches", "tags" }.SelectMany(kind => answer.RootElement.GetProperty(kind).EnumerateArray()).Select(entry => entry.GetProperty("name").GetString()!)];
            return names.Length > 0 ? names : [HubReference.DefaultRevision];
        }
        catch (Exception e) when (e is PassingFailureException or HubException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return [HubReference.DefaultRevision];
        }
    }
}
