using Levare.Networks.UNet;
using Levare.Pipelines.Tasks;

namespace Levare.Pipelines.Controls;

/// <summary>Weighs the U-Net's features against its skips for one run (FreeU, Si et al. 2023): steadier shapes, at no cost.</summary>
/// <param name="Weights">The authors advise B1 1.5, B2 1.6, S1 0.9, S2 0.2 for Stable Diffusion 1; 1.4, 1.6, 0.9, 0.2 for 2; 1.3, 1.4, 0.9, 0.2 for SDXL.</param>
public sealed record FeatureBalance(FreeU Weights) : ImageControl
{
    internal override ControlRecipe ToRecipe() => new(null, TaskRecipe.Of(nameof(FeatureBalance), [], ("b1", Weights.B1), ("b2", Weights.B2), ("s1", Weights.S1), ("s2", Weights.S2)));

    internal override RunPart Prepare(TaskContext context)
    {
        context.Steering.Balance(Weights);
        return new();
    }
}
