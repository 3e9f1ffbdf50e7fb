using Levare.Conditioning;
using Levare.Networks.UNet;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>Pixel diffusion: forward passes of <see cref="UNet2D"/>, block by block.</summary>
public sealed class UncondVerifier : ICaseVerifier
{
    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) => golden.Area == "uncond" && golden.Json.GetProperty("kind").GetString() == "model forward";

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        string folder = Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!);
        using UNet2D network = UNet2D.Load(ModelComponent.Open(folder));
        Condition condition = Condition.None;
        if (golden.Has("in.class_labels")) condition = condition.With(ConditionNames.ClassLabels, golden.Tensor("in.class_labels"));
        Tensor output = network.call(golden.Tensor("in.sample"), golden.Tensor("in.timestep"), condition);
        return [Comparison.Of("out", output, golden.Tensor("out"))];
    }
}
