using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Weights;

namespace Levare.Hub;

/// <summary>The list of a commit's files on disk, as Python's huggingface_hub keeps it: it tells without the hub whether a snapshot is whole.</summary>
internal static class TreeFile
{
    private const int Version = 1;

    /// <summary>Reads a list; null where there is none, or none of this version.</summary>
    public static HubListing? Read(string path, HubReference reference, string commit)
    {
        if (!System.IO.File.Exists(path)) return null;
        try
        {
            using JsonDocument document = JsonFile.Read(path);
            return document.RootElement.GetProperty("format_version").GetInt32() == Version
                ? new(reference, commit, [.. document.RootElement.GetProperty("files").EnumerateObject().Select(File)])
                : null;
        }
        catch (Exception e) when (e is InvalidDataException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // A list that cannot be read is asked for again.
            return null;
        }

        static HubFile File(JsonProperty entry) => new(entry.Name, entry.Value.GetProperty("size").GetInt64(), Text(entry.Value, "blob_id"), Text(entry.Value, "lfs_sha256"));
        static string? Text(JsonElement owner, string name) => owner.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
    }

    /// <summary>Writes a list, where the hub told of every file what Python wants to know.</summary>
    public static void Write(string path, HubListing listing)
    {
        if (System.IO.File.Exists(path) || listing.Files.Any(file => file.Size is null || file.BlobId is null)) return;
        JsonObject files = [];
        foreach (HubFile file in listing.Files.DistinctBy(file => file.Path).OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            JsonObject entry = new() { ["size"] = file.Size, ["blob_id"] = file.BlobId };
            if (file.Sha256 is not null) (entry["lfs_sha256"], entry["lfs_size"]) = (file.Sha256, file.Size);
            files[file.Path] = entry;
        }
        JsonFile.Write(path, new JsonObject { ["format_version"] = Version, ["files"] = files });
    }
}
