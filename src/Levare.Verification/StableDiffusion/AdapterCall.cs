using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Levare.Verification.StableDiffusion;

/// <summary>One way in which a case uses adapters.</summary>
/// <param name="Files">The files, relative to the case, with their weights.</param>
/// <param name="Prefix">What stands before the names of the case's tensors of this run.</param>
/// <param name="MakesPictures">Whether the case's pictures are of this run.</param>
internal sealed record AdapterCall(ImmutableArray<(string Path, double Weight)> Files, string Prefix = "", bool MakesPictures = true)
{
    /// <summary>The ways of a case: one file, several at once, or several that must all give the same at each of several weights, the last of which makes the pictures.</summary>
    public static IEnumerable<AdapterCall> Of(GoldenCase golden)
    {
        JsonElement lora = golden.Json.GetProperty("lora");
        if (lora.TryGetProperty("file", out JsonElement file)) return [new([(file.GetString()!, lora.GetProperty("scale").GetDouble())])];
        JsonElement files = lora.GetProperty("files");
        double[] scales = [.. lora.GetProperty("scales").EnumerateArray().Select(scale => scale.GetDouble())];
        if (files.ValueKind == JsonValueKind.Array) return [new([.. files.EnumerateArray().Select(name => name.GetString()!).Zip(scales)])];
        return
        [
            .. from scale in scales
               from spelling in files.EnumerateObject()
               select new AdapterCall([(spelling.Name, scale)], string.Create(CultureInfo.InvariantCulture, $"scale{scale:0.0###}."), scale == scales[^1]),
        ];
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(" + ", Files.Select(file => string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file.Path)}:{file.Weight}")));
}
