using System.Text.Json;
using Levare.Conditioning;
using Levare.Networks.UNet;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>Forward passes of <see cref="UNet2D"/>: every block that the case holds, then the output.</summary>
public sealed class UNet2DVerifier : ICaseVerifier
{
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
            .. golden.Tensors.Entries.Keys.Where(key => key.StartsWith("block.", StringComparison.Ordinal)).OrderBy(blocks.Order)
                .Select(key => Compare(key, blocks.Find(key["block.".Length..]), golden.Tensor(key), tolerance)),
            Comparison.Of("out", output, golden.Tensor("out"), tolerance),
        ];
    }

    private static Comparison Compare(string what, Tensor? actual, Tensor expected, double tolerance) =>
        actual is null ? new($"{what}: no such block", double.PositiveInfinity, tolerance) : Comparison.Of(what, actual, expected, tolerance);

    /// <summary>Keeps what the blocks of a network give in one forward pass, in the order in which they give it.</summary>
    private sealed class BlockOutputs : IDisposable
    {
        private readonly Dictionary<string, Tensor> _outputs = new(StringComparer.Ordinal);
        private readonly List<string> _order = [];

        public BlockOutputs(UNet2D network)
        {
            foreach ((string name, nn.Module module) in network.named_modules())
                switch (module)
                {
                    case DownBlock down:
                        down.register_forward_hook((_, _, _, _, result) => Keep(name, result));
                        break;
                    case UpBlock up:
                        up.register_forward_hook((_, _, _, _, _, result) => Keep(name, result));
                        break;
                    case UNetMidBlock2D mid:
                        mid.register_forward_hook((_, _, _, result) => Keep(name, result));
                        break;
                    case nn.Module<Tensor, Tensor> plain:
                        plain.register_forward_hook((_, _, result) => Keep(name, result));
                        break;
                    default:
                        break;
                }
        }

        public Tensor? Find(string name) => _outputs.GetValueOrDefault(name);

        public void Dispose()
        {
            foreach (Tensor output in _outputs.Values) output.Dispose();
        }

        public int Order(string key) => _order.IndexOf(key["block.".Length..]);

        private DownBlockResult Keep(string name, DownBlockResult result)
        {
            for (int i = 0; i < result.Skips.Count; i++) Keep($"{name}.res{i}", result.Skips[i]);
            Keep($"{name}.hidden", result.Hidden);
            if (result.Image is not null) Keep($"{name}.skip_sample", result.Image);
            return result;
        }

        private UpBlockResult Keep(string name, UpBlockResult result)
        {
            Keep(name, result.Hidden);
            Keep($"{name}.hidden", result.Hidden);
            if (result.Image is not null) Keep($"{name}.skip_sample", result.Image);
            return result;
        }

        private Tensor Keep(string name, Tensor output)
        {
            // Where a block is called twice, as a time projection that serves class labels too, the cases hold the second.
            if (_outputs.Remove(name, out Tensor? first)) first.Dispose();
            else _order.Add(name);
            _outputs.Add(name, output.clone().DetachFromDisposeScope());
            return output;
        }
    }
}
