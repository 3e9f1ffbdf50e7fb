namespace Levare.Solvers;

/// <summary>How a multistep formula integrates the polynomial through its points. Immutable and thread-safe.</summary>
/// <remarks>
/// Published solvers of one order differ in this alone. Through three points and more all integrate exactly; through two, where the
/// slope's integral need be right to second order only, three forms are in use.
/// </remarks>
public abstract record MomentRule
{
    /// <summary>Exact: DPM-Solver's "heun" type, DEIS in log-rho, SA-Solver as published.</summary>
    public static MomentRule Exact { get; } = new ExactRule();

    /// <summary>The slope at half the step: DPM-Solver's "midpoint" type, UniPC with B(h) = exp(h) - 1 ("bh2").</summary>
    public static MomentRule Midpoint { get; } = new MidpointRule();

    /// <summary>The slope without the exponential, h^2 / 2: UniPC with B(h) = h ("bh1"), SA-Solver's form for few steps.</summary>
    public static MomentRule Plain { get; } = new PlainRule();

    /// <summary>What the rule takes for the integrals M_0 .. M_(points-1) of <see cref="ExponentialMoments"/>.</summary>
    /// <param name="rate">The integral's rate.</param>
    /// <param name="step">The step in lambda.</param>
    /// <param name="points">The number of points of the formula, 1 or more.</param>
    public abstract double[] Moments(double rate, double step, int points);

    /// <summary>The exact integrals.</summary>
    protected static double[] ExactMoments(double rate, double step, int points) =>
        [.. Enumerable.Range(0, points).Select(power => ExponentialMoments.Of(rate, step, power))];

    private sealed record ExactRule : MomentRule
    {
        public override double[] Moments(double rate, double step, int points) => ExactMoments(rate, step, points);
    }

    private sealed record MidpointRule : MomentRule
    {
        public override double[] Moments(double rate, double step, int points)
        {
            double[] moments = ExactMoments(rate, step, points);
            if (points == 2) moments[1] = moments[0] * step / 2;
            return moments;
        }
    }

    private sealed record PlainRule : MomentRule
    {
        public override double[] Moments(double rate, double step, int points)
        {
            double[] moments = ExactMoments(rate, step, points);
            if (points == 2) moments[1] = step * step / 2;
            return moments;
        }
    }
}
