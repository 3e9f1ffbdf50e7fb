using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>Adam (Kingma and Ba 2015), and AMSGrad (Reddi et al. 2018).</summary>
/// <param name="Beta1">Memory of the gradient.</param>
/// <param name="Beta2">Memory of its square.</param>
/// <param name="WeightDecay">This share of the weight is added to the gradient.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="SecondMoment">Which second moment divides the step.</param>
public sealed record Adam(double Beta1 = 0.9, double Beta2 = 0.999, double WeightDecay = 0, double Epsilon = 1e-8,
    SecondMoment SecondMoment = SecondMoment.Present) : OptimiserRule
{
    /// <inheritdoc/>
    public override ImmutableArray<string> Slots => SecondMoment == SecondMoment.Largest ? ["first", "second", "largest"] : ["first", "second"];

    /// <inheritdoc/>
    public override void Update(Tensor parameter, Tensor gradient, ReadOnlySpan<Tensor> slots, long step, double rate)
    {
        if (WeightDecay != 0) gradient = gradient + parameter * WeightDecay;
        slots[0].lerp_(gradient, 1 - Beta1);
        slots[1].mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
        Tensor second = slots[1];
        if (SecondMoment == SecondMoment.Largest)
        {
            slots[2].copy_(slots[2].maximum(second));
            second = slots[2];
        }
        Tensor root = second.sqrt() / Math.Sqrt(1 - Math.Pow(Beta2, step)) + Epsilon;
        parameter.addcdiv_(slots[0], root, -rate / (1 - Math.Pow(Beta1, step)));
    }
}

/// <summary>Which second moment divides Adam's step.</summary>
public enum SecondMoment
{
    /// <summary>The present running average.</summary>
    Present,

    /// <summary>The largest that there has been: AMSGrad.</summary>
    Largest,
}
