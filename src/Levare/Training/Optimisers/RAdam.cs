using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>Rectified Adam (Liu et al. 2020): plain momentum until the second moment is worth dividing by.</summary>
/// <param name="Beta1">Memory of the gradient.</param>
/// <param name="Beta2">Memory of its square.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
public sealed record RAdam(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8) : OptimiserRule
{
    /// <inheritdoc/>
    public override ImmutableArray<string> Slots => ["first", "second"];

    /// <inheritdoc/>
    public override void Update(Tensor parameter, Tensor gradient, ReadOnlySpan<Tensor> slots, long step, double rate)
    {
        slots[0].lerp_(gradient, 1 - Beta1);
        slots[1].mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
        double power = Math.Pow(Beta2, step), longest = 2 / (1 - Beta2) - 1, length = longest - 2 * step * power / (1 - power);
        double corrected = rate / (1 - Math.Pow(Beta1, step));
        if (length <= 5)
        {
            parameter.sub_(slots[0] * corrected);
            return;
        }
        double rectified = Math.Sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
        parameter.addcdiv_(slots[0], slots[1].sqrt() + Epsilon, -corrected * rectified * Math.Sqrt(1 - power));
    }
}
