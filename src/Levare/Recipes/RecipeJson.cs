using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Levare.Runtime;
using Levare.Training;

namespace Levare.Recipes;

/// <summary>Recipes as JSON: keys in snake_case, choices as words, alternatives by their <c>kind</c>; comments and trailing commas are allowed.</summary>
/// <remarks>A key that is not known is an error that suggests the nearest one. <see cref="Schema"/> describes the form to editors.</remarks>
public static class RecipeJson
{
    private const string SchemaKey = "$schema", KindKey = "kind";

    // What a kind in a file stands for.
    private static readonly Dictionary<Type, (string Kind, Type Type)[]> Kinds = new()
    {
        [typeof(DiffusionRecipe)] = [("edm", typeof(EdmDiffusion)), ("flow", typeof(FlowDiffusion)), ("vp", typeof(VpDiffusion))],
        [typeof(LevelDistribution)] =
        [
            ("uniform", typeof(UniformLevels)), ("uniform-timesteps", typeof(UniformTimesteps)), ("log-normal", typeof(LogNormalLevels)),
            ("logit-normal", typeof(LogitNormalLevels)), ("mode", typeof(ModeLevels)),
        ],
        [typeof(LossWeight)] =
        [
            ("simple", typeof(SimpleWeight)), ("min-snr", typeof(MinSnrWeight)), ("p2", typeof(P2Weight)), ("edm", typeof(EdmWeight)),
            ("inverse-variance", typeof(InverseVarianceWeight)), ("cosmap", typeof(CosMapWeight)),
        ],
        [typeof(OptimiserRule)] = [("adamw", typeof(AdamW))],
        [typeof(WeightAverage)] =
        [
            ("exponential", typeof(ExponentialAverage)), ("warm-up", typeof(WarmUpAverage)), ("half-life", typeof(HalfLifeAverage)), ("power", typeof(PowerAverage)),
        ],
    };

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        WriteIndented = true,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { KeepSettings, AddKinds } },
    };

    /// <summary>Reads a recipe and checks it.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <exception cref="InvalidDataException">It is no sound recipe: the message says where and what would be right.</exception>
    public static Recipe Parse(string json, string source)
    {
        try
        {
            JsonObject root = JsonNode.Parse(json, documentOptions: new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }) as JsonObject
                ?? throw new InvalidDataException("it is no JSON object");
            root.Remove(SchemaKey);
            RejectUnknownKeys(root, typeof(Recipe), "");
            Recipe recipe = root.Deserialize<Recipe>(Options) ?? throw new InvalidDataException("it is empty");
            recipe.Validate();
            return recipe;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidDataException or ArgumentException)
        {
            throw new InvalidDataException($"{source}: {e.Message}", e);
        }
    }

    /// <summary>Writes a recipe so that <see cref="Parse"/> reads it.</summary>
    public static string Write(Recipe recipe) => JsonSerializer.Serialize(recipe, Options) + "\n";

    /// <summary>The JSON schema of recipes.</summary>
    public static string Schema()
    {
        JsonObject schema = (JsonObject)JsonSchemaExporter.GetJsonSchemaAsNode(Options, typeof(Recipe), new() { TreatNullObliviousAsNonNullable = true });
        ((JsonObject)schema["properties"]!)[SchemaKey] = new JsonObject { ["type"] = "string" };
        JsonObject all = new() { [SchemaKey] = "https://json-schema.org/draft/2020-12/schema", ["title"] = "A recipe of Levare" };
        foreach ((string key, JsonNode? value) in schema.ToArray()) all[key] = value?.DeepClone();
        return all.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
    }

    // The serializer knows that a key is unknown, but not where it stands nor what was meant.
    private static void RejectUnknownKeys(JsonNode? node, Type type, string path)
    {
        if (node is JsonArray array && Options.GetTypeInfo(type) is { Kind: JsonTypeInfoKind.Enumerable, ElementType: { } element })
            for (int i = 0; i < array.Count; i++) RejectUnknownKeys(array[i], element, $"{path}[{i}]");
        if (node is JsonValue word && word.GetValueKind() == JsonValueKind.String && type.IsEnum) RejectUnknownWord(word.GetValue<string>(), type, path);
        if (node is not JsonObject given) return;
        if (Kinds.TryGetValue(type, out var kinds)) type = TypeOfKind(given, kinds, path);
        JsonTypeInfo info = Options.GetTypeInfo(type);
        if (info.Kind != JsonTypeInfoKind.Object) return;
        Dictionary<string, JsonPropertyInfo> known = info.Properties.ToDictionary(property => property.Name, StringComparer.Ordinal);
        foreach ((string key, JsonNode? value) in given)
        {
            if (key == KindKey && kinds is not null) continue;
            if (!known.TryGetValue(key, out JsonPropertyInfo? property))
                throw new InvalidDataException($"unknown key '{Join(path, key)}'{NearestName.Hint(key, known.Keys)}");
            RejectUnknownKeys(value, property.PropertyType, Join(path, key));
        }
    }

    private static void RejectUnknownWord(string word, Type type, string path)
    {
        string[] known = [.. Enum.GetValues(type).Cast<object>().Select(value => JsonSerializer.SerializeToNode(value, type, Options)!.GetValue<string>())];
        if (!known.Contains(word, StringComparer.Ordinal)) throw new InvalidDataException($"unknown {path} '{word}'{NearestName.Hint(word, known)}");
    }

    private static Type TypeOfKind(JsonObject given, (string Kind, Type Type)[] kinds, string path)
    {
        string kind = given[KindKey]?.ToString() ?? throw new InvalidDataException($"'{path}' has no kind; there are: {string.Join(", ", kinds.Select(k => k.Kind))}.");
        return kinds.FirstOrDefault(known => known.Kind == kind).Type
            ?? throw new InvalidDataException($"unknown kind '{kind}' of '{path}'{NearestName.Hint(kind, [.. kinds.Select(k => k.Kind)])}");
    }

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    // What is computed from the settings is no setting, nor is the name that an average has from them.
    private static void KeepSettings(JsonTypeInfo info)
    {
        if (info.Kind != JsonTypeInfoKind.Object) return;
        bool average = info.Type.IsAssignableTo(typeof(WeightAverage));
        for (int i = info.Properties.Count - 1; i >= 0; i--)
            if (info.Properties[i].Set is null || (average && info.Properties[i].Name == "name")) info.Properties.RemoveAt(i);
    }

    private static void AddKinds(JsonTypeInfo info)
    {
        if (!Kinds.TryGetValue(info.Type, out var kinds)) return;
        info.PolymorphismOptions = new() { TypeDiscriminatorPropertyName = KindKey };
        foreach ((string kind, Type type) in kinds) info.PolymorphismOptions.DerivedTypes.Add(new(type, kind));
    }
}
