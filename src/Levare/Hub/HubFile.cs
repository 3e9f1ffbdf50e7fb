namespace Levare.Hub;

/// <summary>A file of a model on the hub, as the hub announces it.</summary>
/// <param name="Path">Its path in the repository, with '/' between names.</param>
/// <param name="Size">Its bytes; null where the hub did not say.</param>
/// <param name="BlobId">Git's hash of it (of its pointer, where <paramref name="Sha256"/> is there), or a tag of the server's own; null where the hub did not say.</param>
/// <param name="Sha256">The SHA-256 of its content, hexadecimal; null for small files.</param>
internal sealed record HubFile(string Path, long? Size, string? BlobId, string? Sha256)
{
    /// <summary>More than any file of a model has: sizes above it are no sizes.</summary>
    public const long LargestSize = 1L << 41;

    /// <summary>The name of its content in the cache.</summary>
    public string? Tag => Sha256 ?? BlobId;
}
