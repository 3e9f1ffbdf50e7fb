using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Levare.Hub;

/// <summary>Checks content, as it comes, against the tag that it is kept under: a SHA-256, or git's SHA-1 of a blob. Other tags say nothing of the content.</summary>
internal sealed class ContentCheck : IDisposable
{
    private const int BufferBytes = 1 << 20;
    private readonly string _tag;
    private readonly IncrementalHash? _hash;

    /// <summary>A check of content of a known size.</summary>
    public ContentCheck(string tag, long size)
    {
        _tag = tag;
        if (IsSha256(tag)) _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (!IsGitHash(tag)) return;
        // The hash that git names its objects by; it guards against accidents, the TLS connection against forgers.
#pragma warning disable CA5350
        _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        _hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {size}\0")));
    }

    /// <summary>Whether a text is a SHA-256, in small hexadecimal digits.</summary>
    public static bool IsSha256(string text) => IsHex(text, 64);

    /// <summary>Whether a text is a hash of git's (SHA-1), in small hexadecimal digits.</summary>
    public static bool IsGitHash(string text) => IsHex(text, 40);

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _hash?.AppendData(bytes);

    /// <summary>Takes the rest of a stream.</summary>
    public async Task AppendAsync(Stream stream, CancellationToken cancellation)
    {
        if (_hash is null) return;
        byte[] buffer = new byte[BufferBytes];
        for (int read; (read = await stream.ReadAsync(buffer, cancellation)) > 0;) _hash.AppendData(buffer.AsSpan(0, read));
    }

    /// <summary>What the content is, where that is not what it should be; null where it is, or the tag does not tell.</summary>
    public string? Mismatch() => _hash is not null && Convert.ToHexStringLower(_hash.GetHashAndReset()) is { } found && found != _tag ? found : null;

    /// <summary>Whether a file has the size and the content that its tag says.</summary>
    public static async Task<bool> HoldsAsync(string path, string tag, long size, CancellationToken cancellation)
    {
        await using FileStream stream = new(path, new FileStreamOptions { Options = FileOptions.SequentialScan | FileOptions.Asynchronous });
        if (stream.Length != size) return false;
        using ContentCheck check = new(tag, size);
        await check.AppendAsync(stream, cancellation);
        return check.Mismatch() is null;
    }

    /// <inheritdoc/>
    public void Dispose() => _hash?.Dispose();

    private static bool IsHex(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigitLower);
}
