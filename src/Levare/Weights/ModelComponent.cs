using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>One part of a model on disk, such as unet/: its configuration, and weights where it has some. Immutable and thread-safe.</summary>
public sealed class ModelComponent
{
    private static readonly string[] ConfigNames = ["config.json", "scheduler_config.json", "preprocessor_config.json", "tokenizer_config.json"];

    private readonly Func<IWeights>? _open;
    private readonly bool _takesAnyVariant;

    private ModelComponent(string? folder, string configPath, JsonElement config, Func<IWeights>? open = null, bool takesAnyVariant = false)
    {
        Folder = folder;
        ConfigPath = configPath;
        Config = config;
        _open = open;
        _takesAnyVariant = takesAnyVariant;
    }

    /// <summary>The folder; null for a part of a single file whose configuration is not in a folder either.</summary>
    public string? Folder { get; }

    /// <summary>Where <see cref="Config"/> is from, for messages: a file.</summary>
    public string ConfigPath { get; }

    /// <summary>The configuration: config.json, scheduler_config.json, ...</summary>
    public JsonElement Config { get; }

    /// <summary>The Python class that the configuration names, or null.</summary>
    public string? ClassName => Config.TryGetProperty("_class_name", out JsonElement name) && name.ValueKind == JsonValueKind.String ? name.GetString()
        : Config.TryGetProperty("architectures", out JsonElement classes) && classes.ValueKind == JsonValueKind.Array && classes.GetArrayLength() > 0 ? classes[0].ToString()
        : null;

    /// <summary>Whether a folder has a configuration.</summary>
    internal static bool IsComponent(string folder) => ConfigNames.Any(name => File.Exists(Path.Combine(folder, name)));

    /// <summary>Opens a component.</summary>
    /// <exception cref="FileNotFoundException">The folder has no configuration.</exception>
    /// <exception cref="InvalidDataException">The configuration is no JSON object.</exception>
    public static ModelComponent Open(string folder)
    {
        string path = ConfigNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"{folder} is no part of a model: it has none of {string.Join(", ", ConfigNames)}.");
        using JsonDocument document = JsonFile.Read(path);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? new(folder, path, document.RootElement.Clone())
            : throw new InvalidDataException($"{path} is not a JSON object.");
    }

    /// <summary>A part whose weights, or also its configuration, are not files of its own.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <param name="weights">Opens the weights; null for a part without.</param>
    internal static ModelComponent InMemory(JsonElement config, string source, Func<IWeights>? weights) => new(null, source, config, weights);

    /// <summary>This part with its weights from elsewhere.</summary>
    internal ModelComponent WithWeights(Func<IWeights> weights) => new(Folder, ConfigPath, Config, weights);

    /// <summary>This part with the weights that it has, whichever variant is asked for: its variants are not those of the model that it is put into.</summary>
    internal ModelComponent AnyVariant() => new(Folder, ConfigPath, Config, () => OpenWeights(Variants.Contains("", StringComparer.Ordinal) ? null : Variants.FirstOrDefault()), takesAnyVariant: true);

    /// <summary>The variants (fp16, bf16, ...) that its weights are there in; the empty text is the plain one.</summary>
    public IReadOnlyList<string> Variants => _open is not null ? [""] : Folder is null ? [] : VariantsIn(Folder);

    /// <summary>The variants that a folder has weights in; the empty text is the plain one.</summary>
    public static IReadOnlyList<string> VariantsIn(string folder) =>
        [.. Candidates(folder).Select(candidate => candidate.Variant).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Opens its weights: safetensors before torch's own files, one file or an index and its files.</summary>
    /// <param name="variant">fp16, say; null takes the plain weights, or the only variant where there are no plain ones.</param>
    /// <exception cref="FileNotFoundException">There are none, or not in that variant; the message says which there are.</exception>
    public IWeights OpenWeights(string? variant = null)
    {
        if (_open is null) return WeightsFile.Open(FindWeights(variant));
        return variant is null || _takesAnyVariant ? _open() : throw new FileNotFoundException($"{ConfigPath}: the weights are of a single file, which has no variant '{variant}'.");
    }

    /// <summary>The file that <see cref="OpenWeights"/> opens, of a part that has a folder with its own weights.</summary>
    /// <inheritdoc cref="OpenWeights"/>
    public string FindWeights(string? variant = null)
    {
        if (Folder is null) throw new FileNotFoundException($"{ConfigPath} is of a part without weights.");
        if (WeightsIn(Folder, variant) is { } found) return found;
        IReadOnlyList<string> variants = Variants;
        throw new FileNotFoundException(variants.Count == 0
            ? $"{Folder} has no weights: none of {string.Join(", ", WeightFileName.Names.Select(name => name + ".safetensors"))} and their kind."
            : $"{Folder} has no {(variant is null ? "plain weights" : $"weights in the variant '{variant}'")}; it has the variants {string.Join(", ", variants.Select(v => v.Length == 0 ? "(plain)" : v))}.");
    }

    /// <summary>The file of weights in a folder, or the index of its files; null where there is none of the variant.</summary>
    /// <param name="folder">The folder, with a configuration or without.</param>
    /// <param name="variant">fp16, say; null takes the plain weights, or the only variant where there are no plain ones.</param>
    public static string? WeightsIn(string folder, string? variant = null)
    {
        (string Path, string Variant, int Rank)[] all = [.. Candidates(folder).OrderBy(candidate => candidate.Rank)];
        string wanted = variant ?? (all.DistinctBy(candidate => candidate.Variant).Count() == 1 ? all[0].Variant : "");
        return all.FirstOrDefault(candidate => candidate.Variant == wanted).Path;
    }

    /// <summary>Writes a component: config.json and weights as diffusers lays them out.</summary>
    /// <param name="folder">The folder; files of the same names are replaced, one after the other.</param>
    /// <param name="config">The configuration, with its _class_name.</param>
    /// <param name="weights">The tensors by key; they stay the caller's.</param>
    /// <param name="variant">fp16, say; null for plain file names.</param>
    public static void Write(string folder, JsonObject config, IEnumerable<KeyValuePair<string, Tensor>> weights, string? variant = null) =>
        WritePending(folder, config, weights.Select(pair => PendingTensor.Of(pair.Key, pair.Value)), variant);

    /// <summary>Writes a component whose weights are made one after the other. Configurations of transformers' classes name the file as that package does.</summary>
    /// <param name="folder">The folder; files of the same names are replaced, one after the other.</param>
    /// <param name="config">The configuration, with its _class_name or architectures.</param>
    /// <param name="weights">The tensors.</param>
    /// <param name="variant">fp16, say; null for plain file names.</param>
    /// <param name="largestShard">The largest number of bytes of a file of weights.</param>
    internal static void WritePending(string folder, JsonObject config, IEnumerable<PendingTensor> weights, string? variant = null, long largestShard = ShardedWeights.StandardShard)
    {
        string stem = config.ContainsKey("architectures") ? WeightFileName.Names[1] : WeightFileName.Names[0];
        ShardedWeights.WritePending(folder, variant is null ? stem : $"{stem}.{variant}", weights, largestShard, new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
        JsonFile.Write(Path.Combine(folder, ConfigNames[0]), config);
    }

    private static IEnumerable<(string Path, string Variant, int Rank)> Candidates(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
            if (WeightFileName.Parse(Path.GetFileName(path)) is { IsShard: false } name) yield return (path, name.Variant, name.Rank);
    }
}
