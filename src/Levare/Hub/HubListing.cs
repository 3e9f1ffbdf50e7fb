using System.Collections.Immutable;
using System.Text.Json;

namespace Levare.Hub;

/// <summary>The files of a repository at one commit.</summary>
/// <param name="Reference">What was asked for.</param>
/// <param name="Commit">Git's hash of the commit.</param>
/// <param name="Files">The files.</param>
internal sealed record HubListing(HubReference Reference, string Commit, ImmutableArray<HubFile> Files)
{
    /// <summary>Reads the hub's answer to /api/models/ID/revision/REV?blobs=true.</summary>
    /// <exception cref="FormatException">It is not such an answer.</exception>
    public static HubListing Parse(HubReference reference, JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object || Text(answer, "sha") is not { } commit || !ContentCheck.IsGitHash(commit)) throw new FormatException("it names no commit");
        if (!answer.TryGetProperty("siblings", out JsonElement siblings) || siblings.ValueKind != JsonValueKind.Array) throw new FormatException("it lists no files");
        return new(reference, commit, [.. siblings.EnumerateArray().Select(File)]);
    }

    private static HubFile File(JsonElement sibling)
    {
        string path = Text(sibling, "rfilename") ?? throw new FormatException("a file has no name");
        JsonElement? stored = sibling.TryGetProperty("lfs", out JsonElement lfs) && lfs.ValueKind == JsonValueKind.Object ? lfs : null;
        string? sha256 = stored is { } large ? Text(large, "sha256") ?? Text(large, "oid") : null, blob = Text(sibling, "blobId");
        if (sha256 is not null && !ContentCheck.IsSha256(sha256)) throw new FormatException($"the SHA-256 of '{path}' is none");
        if (blob is not null && !ContentCheck.IsGitHash(blob)) throw new FormatException($"the blob id of '{path}' is no hash of git");
        return new(path, (stored is { } file ? Number(file, "size") : null) ?? Number(sibling, "size"), blob, sha256);
    }

    private static string? Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Number(JsonElement owner, string name)
    {
        if (!owner.TryGetProperty(name, out JsonElement value) || value.ValueKind != JsonValueKind.Number) return null;
        return value.TryGetInt64(out long number) && number is >= 0 and <= HubFile.LargestSize ? number : throw new FormatException($"a {name} is {value.GetRawText()}");
    }
}
