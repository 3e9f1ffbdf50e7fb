using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>Gradient descent, with momentum (Sutskever et al. 2013).</summary>
/// <param name="Momentum">How much of the last step is kept; 0 for none.</param>
/// <param name="Kind">Where the gradient is taken to be.</param>
/// <param name="WeightDecay">This share of the weight is added to the gradient.</param>
public sealed record Sgd(double Momentum = 0, MomentumKind Kind = MomentumKind.HeavyBall, double WeightDecay = 0) : OptimiserRule
{
    /// <inheritdoc/>
    public override ImmutableArray<string> Slots => Momentum == 0 ? [] : ["momentum"];

    /// <inheritdoc/>
    public override void Update(Tensor parameter, Tensor gradient, ReadOnlySpan<Tensor> slots, long step, double rate)
    {
        if (WeightDecay != 0) gradient = gradient + parameter * WeightDecay;
        if (Momentum != 0)
        {
            slots[0].mul_(Momentum).add_(gradient);
            gradient = Kind == MomentumKind.Nesterov ? gradient + slots[0] * Momentum : slots[0];
        }
        parameter.sub_(gradient * rate);
    }
}

/// <summary>Where momentum takes the gradient to be.</summary>
public enum MomentumKind
{
    /// <summary>At the weights.</summary>
    HeavyBall,

    /// <summary>Where the momentum will have carried them.</summary>
    Nesterov,
}
