using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Levare.Runtime;
using Levare.Weights;

namespace Levare.Adapters;

/// <summary>What is said of the scale of a module outside its tensors.</summary>
/// <param name="Alpha">Its alpha.</param>
/// <param name="IsRankStabilised">Whether alpha is divided by the root of the rank (Kalajdzievski 2023).</param>
internal sealed record AdapterAlpha(double Alpha, bool IsRankStabilised);

/// <summary>PEFT's settings, which lie in the header of a file or beside it: an alpha for each part of a model, and those of single modules. Immutable.</summary>
internal sealed class AdapterAlphas
{
    /// <summary>The text in a header that holds the settings of all parts.</summary>
    public const string MetadataKey = "lora_adapter_metadata";

    private const string ConfigName = "adapter_config.json", WeightsName = "adapter_model";
    private static readonly AdapterAlphas None = new([]);
    private readonly ImmutableArray<Part> _parts;

    private AdapterAlphas(ImmutableArray<Part> parts) => _parts = parts;

    /// <summary>The settings of a file: of its header, or, where it is PEFT's own, of adapter_config.json beside it.</summary>
    /// <exception cref="InvalidDataException">They are not sound.</exception>
    public static AdapterAlphas Of(IWeights file)
    {
        if (file is SafetensorsFile { Metadata: var metadata } && metadata.TryGetValue(MetadataKey, out string? text)) return Parse(text, $"{file.Path}: {MetadataKey}");
        string beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file.Path))!, ConfigName);
        if (Path.GetFileNameWithoutExtension(file.Path) != WeightsName || !File.Exists(beside)) return None;
        using JsonDocument document = JsonFile.Read(beside);
        return Parse(document.RootElement, beside);
    }

    /// <summary>What is said of a module, or null where nothing is.</summary>
    public AdapterAlpha? Of(string module)
    {
        foreach (Part part in _parts)
            if (part.Prefix.Length == 0 || module.StartsWith(part.Prefix, StringComparison.Ordinal))
                return new(part.Alphas.FirstOrDefault(single => IsEnd(module, single.Key)).Value ?? part.Alpha, part.IsRankStabilised);
        return null;
    }

    private static AdapterAlphas Parse(string json, string source)
    {
        try
        {
            using JsonDocument document = PythonJson.Parse(Encoding.UTF8.GetBytes(json));
            return Parse(document.RootElement, source);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{source} is not JSON: {e.Message}", e);
        }
    }

    private static AdapterAlphas Parse(JsonElement root, string source)
    {
        const string alphaKey = "lora_alpha";
        ConfigReader reader = new(root, source);
        string[] prefixes = [.. root.EnumerateObject().Select(property => property.Name).Where(name => name == alphaKey || name.EndsWith("." + alphaKey, StringComparison.Ordinal)).Select(name => name[..^alphaKey.Length])];
        return new([.. prefixes.OrderByDescending(prefix => prefix.Length).Select(prefix => new Part(
            prefix,
            reader.Number(prefix + alphaKey, 1),
            reader.Bool(prefix + "use_rslora", false),
            reader.Value<ImmutableArray<KeyValuePair<string, double?>>>(
                prefix + "alpha_pattern", [],
                value => [.. value.EnumerateObject().Select(single => KeyValuePair.Create(single.Name, (double?)single.Value.GetDouble()))], "numbers by module")))]);
    }

    // PEFT names a module by the end of its name, after a dot.
    private static bool IsEnd(string module, string end) =>
        module.EndsWith(end, StringComparison.Ordinal) && (module.Length == end.Length || module[^(end.Length + 1)] == '.');

    private sealed record Part(string Prefix, double Alpha, bool IsRankStabilised, ImmutableArray<KeyValuePair<string, double?>> Alphas);
}
