using Levare.Paths;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Denoisers.Oracles;

/// <summary>The probability flow of a mixture in one dimension.</summary>
/// <remarks>
/// In one dimension the flow never lets two states cross and carries each marginal into the next, so it is the monotone map between
/// quantiles: a state goes to the place that has as much mass on its left. That place is found by bisection to float64 precision, from
/// the smaller tail.
/// </remarks>
public sealed class MixtureQuantileFlow : IProbabilityFlow
{
    private const int Halvings = 80;
    private readonly GaussianMixture _mixture;

    /// <summary>The flow of a mixture, which must outlive it.</summary>
    /// <exception cref="ArgumentException">The mixture has more than one dimension.</exception>
    public MixtureQuantileFlow(GaussianMixture mixture)
    {
        if (mixture.Dimensions != 1) throw new ArgumentException($"The quantile map needs 1 dimension; this mixture has {mixture.Dimensions}.", nameof(mixture));
        _mixture = mixture;
    }

    /// <inheritdoc/>
    public Tensor Flow(Tensor state, NoiseLevel from, NoiseLevel to)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = OracleState.Flatten(state, 1).cpu();
        (Tensor centres, Tensor deviations) = Marginal(from);
        Tensor left = Tail(x, centres, deviations, -1), right = Tail(x, centres, deviations, 1);
        Tensor isLeft = left.lt(right);
        (centres, deviations) = Marginal(to);
        double reach = 40 * deviations.max().item<double>();
        Tensor low = full_like(x, centres.min().item<double>() - reach), high = full_like(x, centres.max().item<double>() + reach);
        for (int i = 0; i < Halvings; i++)
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor middle = (low + high) / 2;
            Tensor tooFarLeft = where(isLeft, Tail(middle, centres, deviations, -1).lt(left), Tail(middle, centres, deviations, 1).gt(right));
            low = where(tooFarLeft, middle, low).MoveToOuterDisposeScope();
            high = where(tooFarLeft, high, middle).MoveToOuterDisposeScope();
        }
        return OracleState.Restore((low + high) / 2, state).to(state.device).MoveToOuterDisposeScope();
    }

    // Each component's mean and standard deviation at a level, [components].
    private (Tensor Centres, Tensor Deviations) Marginal(NoiseLevel level)
    {
        Tensor variances = _mixture.Variances.squeeze(1) * (level.Alpha * level.Alpha) + level.Sigma * level.Sigma;
        return (_mixture.Means.squeeze(1) * level.Alpha, variances.clamp_min(OracleState.SmallestVariance).sqrt());
    }

    // The mass beyond x: to its left (side -1) or right (side 1).
    private Tensor Tail(Tensor x, Tensor centres, Tensor deviations, int side) =>
        (_mixture.Weights * special.erfc((x - centres) * (side / Math.Sqrt(2)) / deviations) / 2).sum(-1, keepdim: true);
}
