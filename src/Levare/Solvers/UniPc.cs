namespace Levare.Solvers;

/// <summary>UniPC (Zhao et al. 2023, algorithms 5 to 8): the predictor UniP-p, and UniC-p, which raises its order by one at no evaluation more.</summary>
/// <remarks>
/// The papers' systems R_p(h) a_p B(h) = phi_p(h) ask that polynomials up to the order be integrated exactly, in which B(h) cancels; it remains where
/// two points are used and a = 1/2 is taken without solving: <see cref="MomentRule.Midpoint"/> is B_2(h) = exp(h) - 1, <see cref="MomentRule.Plain"/>
/// B_1(h) = h.
/// </remarks>
public sealed record UniPc : ExponentialAdams
{
    /// <summary>UniPC on the denoised estimate with B_2.</summary>
    /// <param name="order">p, 1..4; with the corrector the order is p + 1.</param>
    public UniPc(int order = 2)
    {
        Order = order;
        Rule = MomentRule.Midpoint;
    }

    /// <summary>The steps, counted from 0, whose result is not corrected: early ones under strong guidance.</summary>
    public IReadOnlyCollection<int> Uncorrected { get; init; } = [];

    /// <inheritdoc/>
    protected override int CorrectorPoints => Order + 1;

    /// <inheritdoc/>
    protected override bool Corrects(int stepIndex) => !Uncorrected.Contains(stepIndex);
}
