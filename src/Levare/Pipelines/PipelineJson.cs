using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Levare.Pipelines;

/// <summary>Readers and writers made at compile time: they start faster than reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ImageDefaults))]
[JsonSerializable(typeof(ImageRecipe))]
internal sealed partial class PipelineJson : JsonSerializerContext
{
    private static readonly Lazy<PipelineJson> LazyReadable = new(() => new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    }));

    /// <summary>Writes letters of all scripts as they are.</summary>
    public static PipelineJson Readable => LazyReadable.Value;
}
