using System.Net;
using System.Net.Http.Headers;

namespace Levare.Hub;

/// <summary>Single requests to the hub and to where it sends on; the token goes to the hub's own host alone. Thread-safe.</summary>
internal sealed class HubConnection : IDisposable
{
    private const int MostRedirects = 10;
    private readonly HubSettings _settings;
    private readonly HttpClient _http;

    /// <summary>A connection with the settings' address, token and timeout.</summary>
    public HubConnection(HubSettings settings)
    {
        _settings = settings;
        SocketsHttpHandler handler = new() { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = settings.Timeout, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        _http = new(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new("levare", typeof(HubConnection).Assembly.GetName().Version?.ToString(3)));
        // The bytes that are counted and checked are the file's own.
        _http.DefaultRequestHeaders.AcceptEncoding.Add(new("identity"));
    }

    /// <summary>Sends a request and follows where it is sent on; a HEAD stays with the hub, whose own answer describes the file.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="address">An address of the hub.</param>
    /// <param name="offset">The byte to begin with.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The answer, of any status but those that pass; its content has not been read.</returns>
    /// <exception cref="PassingFailureException">There was no answer, or one that may be another later.</exception>
    /// <exception cref="HubException">It was sent on to where it may not go.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, long offset, CancellationToken cancellation)
    {
        Uri at = address;
        for (int hop = 0; hop <= MostRedirects; hop++)
        {
            HttpResponseMessage response = await SendOnceAsync(method, at, offset, cancellation);
            if (!IsRedirect(response.StatusCode)) return Lasting(response, at);
            Uri next = response.Headers.Location is { } location ? new Uri(at, location) : throw Refused(response, address, "sends on to nowhere");
            if (method == HttpMethod.Head && !IsHub(next)) return response;
            bool isSafe = next.Scheme == Uri.UriSchemeHttps || (next.Scheme == Uri.UriSchemeHttp && at.Scheme == Uri.UriSchemeHttp);
            if (!isSafe) throw Refused(response, address, $"sends on to {next.Scheme}://{next.Authority}, which is less safe than {at.Scheme}");
            response.Dispose();
            at = next;
        }
        throw new HubException(HubError.Unreachable, $"{address} is sent on more than {MostRedirects} times.");
    }

    /// <summary>Reads the next bytes of an answer.</summary>
    /// <exception cref="PassingFailureException">The connection broke, or was silent for too long.</exception>
    public Task<int> ReadAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellation) =>
        InTimeAsync(token => stream.ReadAsync(buffer, token).AsTask(), cancellation);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri address, long offset, CancellationToken cancellation)
    {
        HttpRequestMessage request = new(method, address);
        if (_settings.Token is { } token && IsHub(address)) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (offset > 0) request.Headers.Range = new(offset, null);
        return InTimeAsync(limit => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit), cancellation);
    }

    private async Task<T> InTimeAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_settings.Timeout);
        try
        {
            return await work(limit.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new PassingFailureException($"was silent for {_settings.Timeout.TotalSeconds:g3} s", inner: e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new PassingFailureException($"cannot be reached ({e.Message})", inner: e);
        }
    }

    private HttpResponseMessage Lasting(HttpResponseMessage response, Uri at)
    {
        int status = (int)response.StatusCode;
        // Addresses of storage hosts hold for a time; the hub gives a new one when asked again.
        bool isExpired = status is 401 or 403 or 404 && !IsHub(at);
        if (status is not (408 or 429 or >= 500) && !isExpired) return response;
        TimeSpan? after = response.Headers.RetryAfter is { } wanted ? wanted.Delta ?? wanted.Date - DateTimeOffset.UtcNow : null;
        response.Dispose();
        throw new PassingFailureException(status == 429 ? "says that it is asked too often (429)" : $"answers with status {status}", after > TimeSpan.Zero ? after : null);
    }

    private bool IsHub(Uri address) => Uri.Compare(address, _settings.Endpoint, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    private static HubException Refused(HttpResponseMessage response, Uri address, string what)
    {
        response.Dispose();
        return new(HubError.Unsafe, $"{address} {what}: refused.");
    }
}
