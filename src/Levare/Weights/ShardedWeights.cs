using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>Weights in several files, with an index that says which key is where: diffusers' and transformers' NAME.index.json.</summary>
/// <remarks>Thread-safe for reading. The files must lie in the index's own folder and hold what it says.</remarks>
internal sealed class ShardedWeights : IWeights
{
    private readonly Dictionary<string, IWeights> _owners;
    private readonly IReadOnlyList<IWeights> _shards;

    private ShardedWeights(string path, IReadOnlyList<IWeights> shards, Dictionary<string, IWeights> owners)
    {
        Path = path;
        _shards = shards;
        _owners = owners;
        Entries = owners.ToDictionary(pair => pair.Key, pair => pair.Value.Entries[pair.Key], StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    /// <remarks>The offset of an entry is in the file that holds it.</remarks>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Opens an index and the files that it names.</summary>
    /// <exception cref="InvalidDataException">The index is not sound, or a file does not hold what the index says.</exception>
    public static ShardedWeights Open(string path)
    {
        Dictionary<string, string> map = ReadIndex(path);
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        Dictionary<string, IWeights> files = new(StringComparer.Ordinal), owners = new(StringComparer.Ordinal);
        try
        {
            foreach ((string key, string file) in map)
            {
                if (!files.TryGetValue(file, out IWeights? shard)) files[file] = shard = OpenShard(path, folder, file);
                owners[key] = shard.Entries.ContainsKey(key) ? shard : throw new InvalidDataException($"{path}: '{file}' does not hold '{key}'.");
            }
            return new(path, [.. files.Values], owners);
        }
        catch
        {
            foreach (IWeights shard in files.Values) shard.Dispose();
            throw;
        }
    }

    /// <summary>The largest file that diffusers and transformers write unless they are told otherwise.</summary>
    internal const long StandardShard = 10_000_000_000;

    /// <summary>Writes tensors into as many safetensors files as a largest size asks for: one file without an index where that is enough.</summary>
    /// <remarks>What an earlier writing left under the same name (an index, other files) is deleted last, so that no reader finds it.</remarks>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The file's name without its ending, such as diffusion_pytorch_model, with .VARIANT behind it.</param>
    /// <param name="tensors">The tensors by key; they stay the caller's.</param>
    /// <param name="largestShard">The largest number of bytes of a file; a larger tensor has a file of its own.</param>
    /// <param name="metadata">Free text for the headers.</param>
    public static void Write(
        string folder, string name, IEnumerable<KeyValuePair<string, Tensor>> tensors, long largestShard = StandardShard,
        IReadOnlyDictionary<string, string>? metadata = null) =>
        WritePending(folder, name, tensors.Select(pair => PendingTensor.Of(pair.Key, pair.Value)), largestShard, metadata);

    /// <summary>Writes tensors that are made one after the other.</summary>
    /// <inheritdoc cref="Write(string, string, IEnumerable{KeyValuePair{string, Tensor}}, long, IReadOnlyDictionary{string, string}?)"/>
    internal static void WritePending(
        string folder, string name, IEnumerable<PendingTensor> tensors, long largestShard = StandardShard, IReadOnlyDictionary<string, string>? metadata = null)
    {
        List<List<PendingTensor>> shards = Split(tensors, largestShard);
        if (shards.Count == 1)
        {
            SafetensorsWriter.WritePending(System.IO.Path.Combine(folder, $"{name}.safetensors"), shards[0], metadata);
            DeleteOthers(folder, name, [$"{name}.safetensors"]);
            return;
        }
        JsonObject map = [];
        for (int i = 0; i < shards.Count; i++)
        {
            string file = $"{name}-{i + 1:d5}-of-{shards.Count:d5}.safetensors";
            SafetensorsWriter.WritePending(System.IO.Path.Combine(folder, file), shards[i], metadata);
            foreach (PendingTensor tensor in shards[i]) map[tensor.Name] = file;
        }
        JsonObject index = new() { ["metadata"] = new JsonObject { ["total_size"] = shards.SelectMany(shard => shard).Sum(tensor => tensor.Bytes) }, ["weight_map"] = map };
        JsonFile.Write(System.IO.Path.Combine(folder, IndexName(name)), index);
        DeleteOthers(folder, name, [.. map.Select(pair => pair.Value!.GetValue<string>()), IndexName(name)]);
    }

    // A variant stands behind the name in files of weights, and before the ending in their index.
    private static string IndexName(string name) => name.Split('.', 2) is [var stem, var variant] ? $"{stem}.safetensors.index.{variant}.json" : $"{name}.safetensors.index.json";

    /// <inheritdoc/>
    public string Describe(string name) => Owner(name).Describe(name);

    /// <inheritdoc/>
    public Tensor Load(string name, ScalarType? type = null) => Owner(name).Load(name, type);

    /// <inheritdoc/>
    public Tensor Map(string name, ScalarType? type = null) => Owner(name).Map(name, type);

    /// <inheritdoc/>
    public void LoadInto(string name, Tensor target) => Owner(name).LoadInto(name, target);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IWeights shard in _shards) shard.Dispose();
    }

    private IWeights Owner(string name) => _owners.TryGetValue(name, out IWeights? owner) ? owner : throw new KeyNotFoundException($"{Path} has no tensor '{name}'.");

    private static Dictionary<string, string> ReadIndex(string path)
    {
        using JsonDocument document = JsonFile.Read(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{path} has no weight_map.");
        return map.EnumerateObject().ToDictionary(
            property => property.Name,
            property => property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : throw new InvalidDataException($"{path}: '{property.Name}' names no file."),
            StringComparer.Ordinal);
    }

    private static IWeights OpenShard(string index, string folder, string file)
    {
        if (file is "" or "." or ".." || file.AsSpan().IndexOfAny("/\\:\0") >= 0 || file.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            throw new InvalidDataException($"{index} names '{file}', which is not a file of weights beside it.");
        return WeightsFile.Open(System.IO.Path.Combine(folder, file));
    }

    private static List<List<PendingTensor>> Split(IEnumerable<PendingTensor> tensors, long largestShard)
    {
        List<List<PendingTensor>> shards = [[]];
        long size = 0;
        foreach (PendingTensor tensor in tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            if (shards[^1].Count > 0 && size + tensor.Bytes > largestShard)
            {
                shards.Add([]);
                size = 0;
            }
            shards[^1].Add(tensor);
            size += tensor.Bytes;
        }
        return shards;
    }

    private static void DeleteOthers(string folder, string name, HashSet<string> kept)
    {
        if (!kept.Contains(IndexName(name))) File.Delete(System.IO.Path.Combine(folder, IndexName(name)));
        foreach (string path in Directory.EnumerateFiles(folder, $"{name}*.safetensors"))
        {
            string file = System.IO.Path.GetFileName(path);
            string rest = file[name.Length..];
            bool isOurs = rest is ".safetensors" || (rest.StartsWith('-') && rest.Contains("-of-", StringComparison.Ordinal));
            if (isOurs && !kept.Contains(file)) File.Delete(path);
        }
    }
}
