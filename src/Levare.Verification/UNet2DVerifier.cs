using System.Text.Json;
using Levare.Conditioning;
using Levare.Networks.UNet;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>Forward passes of <see cref="UNet2D"/>: every block that the case holds, then the output.</summary>
public sealed class UNet2DVerifier : ICaseVerifier
{
    private const string Prefix = "block.";

    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) =>
        golden.Area == "uncond" && golden.Json.TryGetProperty("class", out JsonElement name) && name.ValueEquals("UNet2DModel");

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        double tolerance = golden.Json.GetProperty("tolerance").GetDouble();
        string folder = Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!);
        using UNet2D network = UNet2D.Load(ModelComponent.Open(folder));
        using BlockOutputs blocks = new(network);
        Condition condition = Condition.None;
        if (golden.Has("in.class_labels")) condition = condition.With(ConditionNames.ClassLabels, golden.Tensor("in.class_labels"));
        Tensor output = network.call(golden.Tensor("in.sample"), golden.Tensor("in.timestep"), condition);
        return
        [
            .. golden.Tensors.Entries.Keys.Where(key => key.StartsWith(Prefix, StringComparison.Ordinal)).OrderBy(key => blocks.Order(key[Prefix.Length..]))
                .Select(key => blocks.Compare(key[Prefix.Length..], golden.Tensor(key), tolerance)),
            Comparison.Of("out", output, golden.Tensor("out"), tolerance),
        ];
    }
}
