using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>Second moments by rows and columns alone, and steps in proportion to the weights (Shazeer and Stern 2018), as in torch.optim.</summary>
/// <param name="Beta2Decay">Memory at step t is 1 - t^Beta2Decay.</param>
/// <param name="LeastScale">The least size that a parameter is taken to have.</param>
/// <param name="ClipScale">The largest root mean square of a step, in units of the rate.</param>
public sealed record Adafactor(double Beta2Decay = -0.8, double LeastScale = 1e-3, double ClipScale = 1) : OptimiserRule
{
    // The float32 machine epsilon.
    private const double Epsilon = 1.1920928955078125e-07;

    /// <inheritdoc/>
    public override ImmutableArray<string> Slots => ["rows", "columns"];

    /// <inheritdoc/>
    /// <remarks>A vector keeps its whole second moment under "rows", and one number that is not used under "columns".</remarks>
    public override Tensor NewSlot(string slot, Tensor parameter)
    {
        long[] shape = [.. parameter.shape];
        if (shape.Length > 1) shape[slot == "rows" ? ^1 : ^2] = 1;
        else if (slot == "columns") shape = [1];
        return zeros(shape, device: parameter.device);
    }

    /// <inheritdoc/>
    public override void Update(Tensor parameter, Tensor gradient, ReadOnlySpan<Tensor> slots, long step, double rate)
    {
        double fresh = Math.Pow(step, Beta2Decay);
        Tensor variance = Variance(gradient.square(), slots, fresh);
        Tensor update = variance.clamp_min(Epsilon * Epsilon).rsqrt() * gradient;
        Tensor scale = RootMeanSquare(parameter).clamp_min(LeastScale) * Math.Min(rate, 1 / Math.Sqrt(step));
        parameter.sub_(update * (scale / (RootMeanSquare(update) / ClipScale).clamp_min(1)));
    }

    private static Tensor Variance(Tensor square, ReadOnlySpan<Tensor> slots, double fresh)
    {
        if (square.dim() < 2)
        {
            slots[0].lerp_(square, fresh);
            return slots[0];
        }
        slots[0].lerp_(square.mean([-1], keepdim: true), fresh);
        slots[1].lerp_(square.mean([-2], keepdim: true), fresh);
        return slots[0] * slots[1] / slots[0].mean([-2], keepdim: true).clamp_min(Epsilon);
    }

    private static Tensor RootMeanSquare(Tensor tensor) => tensor.norm() / Math.Sqrt(tensor.numel());
}
