using Levare.Paths;

namespace Levare.Solvers;

/// <summary>SA-Solver (Xue et al. 2023, algorithm 1): stochastic Adams predictor and corrector with noise of a chosen strength at each level.</summary>
public sealed record SaSolver : ExponentialAdams
{
    /// <summary>SA-Solver on the denoised estimate.</summary>
    /// <param name="predictorOrder">The outputs that the predictor uses, 1..4.</param>
    /// <param name="correctorOrder">The outputs that the corrector uses, the new one among them, 1..4.</param>
    public SaSolver(int predictorOrder = 2, int correctorOrder = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(correctorOrder, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(correctorOrder, 4);
        Order = predictorOrder;
        CorrectorOrder = correctorOrder;
    }

    /// <summary>The outputs that the corrector uses.</summary>
    public int CorrectorOrder { get; }

    /// <summary>tau at a level, 0 (no noise) or more; 1 everywhere when not set.</summary>
    public Func<NoiseLevel, double> Strength { get; init; } = _ => 1;

    /// <inheritdoc/>
    protected override int CorrectorPoints => CorrectorOrder;

    /// <inheritdoc/>
    protected override bool IsStochastic => true;

    /// <inheritdoc/>
    protected override double Tau(NoiseLevel level) => Strength(level);
}
