using System.Globalization;
using System.Text.Json;
using Levare.Networks.Clip;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>Forward passes of <see cref="ClipTextModel"/>: the states behind each layer, the last one, the text as a whole.</summary>
public sealed class ClipTextVerifier : ICaseVerifier
{
    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) =>
        golden.Json.TryGetProperty("module", out JsonElement name) && (name.ValueEquals("CLIPTextModel") || name.ValueEquals("CLIPTextModelWithProjection"));

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        double tolerance = golden.Json.GetProperty("tolerance").GetProperty("abs").GetDouble();
        using ClipTextModel model = ClipTextModel.Load(ModelComponent.Open(Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!)));
        // A second encoder's case holds both encoders' numbers; its own are the second.
        ClipTextOutput output = model.call(golden.Tensor(golden.Has("input_ids_2") ? "input_ids_2" : "input_ids"));
        Dictionary<string, Tensor?> actual = new(StringComparer.Ordinal)
        {
            ["last_hidden_state"] = output.LastState, ["pooler_output"] = output.Pooled, ["text_embeds"] = output.Projected,
        };
        for (int i = 0; i < output.HiddenStates.Count; i++) actual[string.Create(CultureInfo.InvariantCulture, $"hidden_states.{i}")] = output.HiddenStates[i];
        return [.. golden.Tensors.Entries.Keys.Where(key => !key.StartsWith("input_ids", StringComparison.Ordinal)).Select(key => Comparison.OfNullable(key, actual.GetValueOrDefault(key), golden.Tensor(key), tolerance))];
    }
}
