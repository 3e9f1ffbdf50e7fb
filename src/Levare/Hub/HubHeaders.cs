using System.Net;

namespace Levare.Hub;

/// <summary>What the headers of the hub's answers say of a file.</summary>
internal static class HubHeaders
{
    /// <summary>A file with the size and tag of an answer to HEAD: those of the linked file where the answer sends on to it.</summary>
    /// <exception cref="HubException">They are missing, or not what they may be.</exception>
    public static HubFile Describe(HttpResponseMessage response, HubListing listing, HubFile file)
    {
        string name = $"{listing.Reference.Id}: {file.Path}";
        if (Text(response, "X-Repo-Commit") is { } commit && commit != listing.Commit)
            throw new HubException(HubError.Corrupt, $"{name} is of commit '{commit}', where {listing.Commit} was asked for.");
        bool isSentOn = (int)response.StatusCode is >= 300 and < 400;
        string? linked = Text(response, "X-Linked-Size");
        long size = linked is null ? (isSentOn ? null : response.Content.Headers.ContentLength) ?? -1 : long.TryParse(linked, out long bytes) ? bytes : -1;
        if (size is < 0 or > HubFile.LargestSize) throw new HubException(HubError.Corrupt, $"{name}: the hub does not say how large it is.");
        string tag = (Text(response, "X-Linked-ETag") ?? Text(response, "ETag") ?? "").Replace("W/", "", StringComparison.Ordinal).Trim('"');
        if (!HubPath.IsTag(tag)) throw new HubException(HubError.Corrupt, $"{name}: the hub gives it no tag that can name a file.");
        return ContentCheck.IsSha256(tag) ? file with { Size = size, Sha256 = tag } : file with { Size = size, BlobId = tag };
    }

    /// <summary>Makes sure that an answer holds the rest of the file, or all of it, which the reader is then told.</summary>
    /// <exception cref="HubException">Another part was sent, or another size is announced.</exception>
    public static void CheckRange(HttpResponseMessage response, HubListing listing, HubFile file, IContentReader reader)
    {
        if (response.StatusCode != HttpStatusCode.PartialContent && reader.Length > 0) reader.Restart();
        long from = response.StatusCode == HttpStatusCode.PartialContent ? response.Content.Headers.ContentRange?.From ?? 0 : 0;
        if (from != reader.Length) throw new HubException(HubError.Corrupt, $"{listing.Reference.Id}: {file.Path}: bytes from {from} were sent, where those from {reader.Length} were asked for.");
        if (response.Content.Headers.ContentLength is { } announced && from + announced != file.Size)
            throw new HubException(HubError.Corrupt, $"{listing.Reference.Id}: {file.Path} is announced with {from + announced} bytes, where the listing says {file.Size}.");
    }

    private static string? Text(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) || response.Content.Headers.TryGetValues(name, out values) ? values.First() : null;
}
