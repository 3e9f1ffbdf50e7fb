using System.Text.Json;
using System.Text.RegularExpressions;
using Levare.Conditioning;
using Levare.Networks.UNet;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>Forward passes of <see cref="UNet2DCondition"/>: every block that the case holds, then the output.</summary>
public sealed partial class UNet2DConditionVerifier : ICaseVerifier
{
    private static readonly string[] Conditions =
        [ConditionNames.Text, ConditionNames.TextEmbeds, ConditionNames.TimeIds, ConditionNames.TimestepCondition, ConditionNames.ClassLabels];

    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) =>
        golden.Json.TryGetProperty("module", out JsonElement name) && name.ValueEquals(UNet2DConditionConfigJson.ClassName);

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        CaseTolerance tolerance = CaseTolerance.Of(golden);
        using UNet2DCondition network = UNet2DCondition.Load(ModelComponent.Open(Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!)));
        using BlockOutputs blocks = new(network);
        Condition condition = Conditions.Where(golden.Has).Aggregate(Condition.None, (all, name) => all.With(name, golden.Tensor(name)));
        Tensor time = golden.Has("timestep") ? golden.Tensor("timestep") : tensor(golden.Json.GetProperty("timestep").GetDouble(), ScalarType.Float32);
        Tensor output = network.call(golden.Tensor("sample"), time, condition);
        string[] inputs = ["sample", "timestep", "output", .. Conditions];
        return
        [
            .. golden.Tensors.Entries.Keys.Except(inputs).Select(key => (Key: key, Block: NameOf(key, blocks))).OrderBy(pair => blocks.Order(pair.Block))
                .Select(pair => Compare(pair.Key, blocks.Find(pair.Block), golden.Tensor(pair.Key))),
            tolerance.Compare("output", output, golden.Tensor("output")),
        ];

        Comparison Compare(string key, Tensor? actual, Tensor expected) =>
            actual is null ? new($"{key}: no such block", double.PositiveInfinity, tolerance.Absolute) : tolerance.Compare(key, actual, expected);
    }

    private static string NameOf(string key, BlockOutputs blocks)
    {
        string name = Skip().Replace(key, ".res$1");
        return blocks.Find(name) is null ? $"{name}.hidden" : name;
    }

    [GeneratedRegex(@"\.res\.(\d+)$")]
    private static partial Regex Skip();
}
