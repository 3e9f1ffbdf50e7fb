using System.Globalization;
using System.Text.Json;
using Levare.Conditioning.Clip;
using Levare.Data;
using Levare.Networks.Clip;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>A picture made ready and encoded by <see cref="ClipVisionModel"/>: the pixels, the states behind each layer, the picture as a whole.</summary>
public sealed class ClipVisionVerifier : ICaseVerifier
{
    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) =>
        golden.Area == "encoders" && golden.Json.TryGetProperty("class", out JsonElement name) && (name.ValueEquals("CLIPVisionModel") || name.ValueEquals("CLIPVisionModelWithProjection"));

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        double tolerance = golden.Json.GetProperty("tolerance").GetDouble();
        using ClipVisionModel model = ClipVisionModel.Load(ModelComponent.Open(Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!)));
        ClipImageProcessor processor = ClipImageProcessor.Load(ModelComponent.Open(Path.Combine(golden.Folder, "feature_extractor")));
        Tensor pixels = processor.Process(ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(golden.Folder, "source.png"))));
        ClipVisionOutput output = model.call(pixels);
        Dictionary<string, Tensor?> actual = new(StringComparer.Ordinal)
        {
            ["pixel_values"] = pixels, ["last_hidden_state"] = output.LastState, ["pooler_output"] = output.Pooled, ["image_embeds"] = output.Projected,
        };
        for (int i = 0; i < output.HiddenStates.Count; i++) actual[string.Create(CultureInfo.InvariantCulture, $"hidden_states.{i}")] = output.HiddenStates[i];
        return [.. golden.Tensors.Entries.Keys.Select(key => Comparison.OfNullable(key, actual.GetValueOrDefault(key), golden.Tensor(key), tolerance))];
    }
}
