using System.Text.RegularExpressions;

namespace Levare.Hub;

/// <summary>Which hub, with which token, and where models are kept. The variables are those of Python's huggingface_hub.</summary>
public sealed partial record HubSettings
{
    private const string PublicHub = "https://huggingface.co";

    /// <summary>The hub's address (HF_ENDPOINT).</summary>
    public Uri Endpoint { get; init; } = new(PublicHub);

    /// <summary>What proves who asks (HF_TOKEN, or the file that Python's login writes); it goes to <see cref="Endpoint"/>'s host alone.</summary>
    public string? Token { get; init; }

    /// <summary>The folder of models, with the layout of Python's cache (HF_HUB_CACHE; HF_HOME/hub; ~/.cache/huggingface/hub).</summary>
    public required string CacheFolder { get; init; }

    /// <summary>Whether nothing may be asked of the hub (HF_HUB_OFFLINE).</summary>
    public bool Offline { get; init; }

    /// <summary>How long the hub may be silent before it is asked again (HF_HUB_DOWNLOAD_TIMEOUT, in seconds).</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a request is made before it counts as failed.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Whether snapshots hold the files themselves instead of links to them (HF_HUB_DISABLE_SYMLINKS).</summary>
    public bool DisableSymlinks { get; init; }

    /// <summary>Whether who shows progress should not (HF_HUB_DISABLE_PROGRESS_BARS).</summary>
    public bool DisableProgress { get; init; }

    /// <summary>How waiting is done, before a request is made again.</summary>
    internal Func<TimeSpan, CancellationToken, Task> Wait { get; init; } = Task.Delay;

    /// <summary>The bytes that are free on the disk of a folder.</summary>
    internal Func<string, long> FreeSpace { get; init; } = FreeSpaceOf;

    /// <summary>The address and the folder; never the token.</summary>
    public override string ToString() => $"{Endpoint} in {CacheFolder}";

    /// <summary>The settings that this process's environment makes.</summary>
    /// <exception cref="FormatException">A variable has a value that cannot be used.</exception>
    public static HubSettings FromEnvironment() => From(Environment.GetEnvironmentVariable);

    /// <summary>The settings that variables make.</summary>
    internal static HubSettings From(Func<string, string?> variable)
    {
        string? Path(string name) => variable(name) is { Length: > 0 } value ? Expand(value, variable) : null;
        string home = Path("HF_HOME") ?? System.IO.Path.Combine(Path("XDG_CACHE_HOME") ?? Expand("~/.cache", variable), "huggingface");
        HubSettings settings = new()
        {
            Endpoint = EndpointOf(variable("HF_ENDPOINT") is { Length: > 0 } endpoint ? endpoint : PublicHub),
            Token = IsTrue(variable("HF_HUB_DISABLE_IMPLICIT_TOKEN")) ? null : TokenOf(variable, Path("HF_TOKEN_PATH") ?? System.IO.Path.Combine(home, "token")),
            CacheFolder = System.IO.Path.GetFullPath(Path("HF_HUB_CACHE") ?? Path("HUGGINGFACE_HUB_CACHE") ?? System.IO.Path.Combine(home, "hub")),
            Offline = IsTrue(variable("HF_HUB_OFFLINE")) || IsTrue(variable("TRANSFORMERS_OFFLINE")),
            DisableSymlinks = IsTrue(variable("HF_HUB_DISABLE_SYMLINKS")),
            DisableProgress = IsTrue(variable("HF_HUB_DISABLE_PROGRESS_BARS")),
        };
        return variable("HF_HUB_DOWNLOAD_TIMEOUT") is { Length: > 0 } seconds ? settings with { Timeout = Seconds(seconds) } : settings;
    }

    private static long FreeSpaceOf(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            // Not every disk tells, a shared folder of Windows say; a full one is then noticed when it is.
            return long.MaxValue;
        }
    }

    private static Uri EndpointOf(string text) => Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0
        ? address
        : throw new FormatException($"HF_ENDPOINT is '{text}', where an address such as {PublicHub} is needed.");

    private static TimeSpan Seconds(string text) => int.TryParse(text, out int seconds) && seconds > 0
        ? TimeSpan.FromSeconds(seconds)
        : throw new FormatException($"HF_HUB_DOWNLOAD_TIMEOUT is '{text}', where a number of seconds is needed.");

    private static string? TokenOf(Func<string, string?> variable, string file)
    {
        string? token = new[] { variable("HF_TOKEN"), variable("HUGGING_FACE_HUB_TOKEN") }.FirstOrDefault(text => !string.IsNullOrEmpty(text))
            ?? (File.Exists(file) ? File.ReadAllText(file) : null);
        string clean = (token ?? "").Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Trim();
        if (clean.Any(c => c is <= ' ' or > '~')) throw new FormatException("the token of the hub (HF_TOKEN) has characters that no token has.");
        return clean.Length == 0 ? null : clean;
    }

    private static bool IsTrue(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    private static string Expand(string path, Func<string, string?> variable)
    {
        string expanded = Variable().Replace(path, match => variable(match.Groups["name"].Value) ?? match.Value);
        return expanded is ['~'] or ['~', '/' or '\\', ..] ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + expanded[1..] : expanded;
    }

    [GeneratedRegex(@"\$\{?(?<name>\w+)\}?", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Variable();
}
