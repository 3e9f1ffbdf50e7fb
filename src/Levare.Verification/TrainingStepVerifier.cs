using System.Text.Json;
using Levare.Conditioning;
using Levare.Networks.UNet;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>One training step of a <see cref="UNet2D"/>: loss, gradients, and the weights after AdamW.</summary>
public sealed class TrainingStepVerifier : ICaseVerifier
{
    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) =>
        golden.Area == "uncond" && golden.Json.TryGetProperty("kind", out JsonElement kind) && kind.ValueEquals("one training step");

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        List<Comparison> comparisons = [];
        using UNet2D network = UNet2D.Load(ModelComponent.Open(Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!, "unet")));
        network.train();
        Tensor loss = Loss(network, golden, comparisons);
        comparisons.Add(Comparison.Of("loss", loss.reshape(1), golden.Tensor("loss")));
        loss.backward();
        double norm = nn.utils.clip_grad_norm_(network.parameters(), 1.0);
        comparisons.Add(Comparison.Of("grad_norm", tensor(new[] { norm }), golden.Tensor("grad_norm")));
        // The case holds the gradients as they are after clipping.
        foreach (string key in Keys(golden, "grad."))
            comparisons.Add(Comparison.Of(key, network.get_parameter(key["grad.".Length..])!.grad!, golden.Tensor(key)));
        using (optim.Optimizer optimiser = optim.AdamW(network.parameters(), lr: 1e-4, beta1: 0.95, beta2: 0.999, eps: 1e-8, weight_decay: 1e-6)) optimiser.step();
        foreach (string key in Keys(golden, "after."))
            comparisons.Add(Comparison.Of(key, network.get_parameter(key["after.".Length..])!, golden.Tensor(key)));
        comparisons.Add(Comparison.Of("loss_after_step", Loss(network, golden, []).reshape(1), golden.Tensor("loss_after_step")));
        return comparisons;
    }

    private static Tensor Loss(UNet2D network, GoldenCase golden, List<Comparison> comparisons)
    {
        Tensor output = network.call(golden.Tensor("noisy"), golden.Tensor("timesteps"), Condition.None);
        comparisons.Add(Comparison.Of("out", output, golden.Tensor("out")));
        return nn.functional.mse_loss(output, golden.Tensor("noise"));
    }

    private static IEnumerable<string> Keys(GoldenCase golden, string prefix) =>
        golden.Tensors.Entries.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);
}
