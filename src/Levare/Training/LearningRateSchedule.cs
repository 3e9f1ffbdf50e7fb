namespace Levare.Training;

/// <summary>The learning rate over a run, as a factor of its peak. Immutable and thread-safe.</summary>
public abstract record LearningRateSchedule
{
    /// <summary>Steps of linear growth at the start; the first of them has rate 0 (as in diffusers), none when 0.</summary>
    public long WarmUp { get; init; }

    /// <summary>The factor of a step, counted from 0.</summary>
    public double At(long step) => step < WarmUp ? (double)step / WarmUp : AfterWarmUp(step);

    /// <summary>The factor of a step that is not below <see cref="WarmUp"/>.</summary>
    protected abstract double AfterWarmUp(long step);

    /// <summary>How much of the way from the end of the warm-up to the end of the run is done.</summary>
    protected double Progress(long step, long steps) => (double)(step - WarmUp) / Math.Max(1, steps - WarmUp);
}

/// <summary>Always the peak.</summary>
public sealed record ConstantRate : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double AfterWarmUp(long step) => 1;
}

/// <summary>A straight fall to 0.</summary>
/// <param name="Steps">When 0 is reached.</param>
public sealed record LinearDecay(long Steps) : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double AfterWarmUp(long step) => Math.Max(0, 1 - Progress(step, Steps));
}

/// <summary>A cosine from 1 down to 0 (Loshchilov and Hutter 2017).</summary>
/// <param name="Steps">When the run ends.</param>
/// <param name="Cycles">Waves until then: one half is a single fall.</param>
public sealed record CosineDecay(long Steps, double Cycles = 0.5) : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double AfterWarmUp(long step) => Math.Max(0, 0.5 * (1 + Math.Cos(2 * Math.PI * Cycles * Progress(step, Steps))));
}

/// <summary>Falling half cosines, each starting again at 1.</summary>
/// <param name="Steps">When the run ends; 0 from there on.</param>
/// <param name="Cycles">How many falls.</param>
public sealed record CosineRestarts(long Steps, int Cycles = 1) : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double AfterWarmUp(long step)
    {
        double progress = Progress(step, Steps);
        return progress >= 1 ? 0 : Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * (Cycles * progress % 1))));
    }
}

/// <summary>A power of the way that is left.</summary>
/// <param name="Steps">When <paramref name="End"/> is reached, to stay.</param>
/// <param name="Power">1 is a straight line.</param>
/// <param name="End">The last factor.</param>
public sealed record PolynomialDecay(long Steps, double Power = 1, double End = 0) : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double AfterWarmUp(long step) =>
        step > Steps ? End : (1 - End) * Math.Pow(1 - Progress(step, Steps), Power) + End;
}

/// <summary>1 until a step, then falling with the square root of the steps (Karras et al. 2024, eq. 67).</summary>
/// <param name="Reference">The step from which on the rate falls.</param>
public sealed record InverseSquareRoot(long Reference) : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double AfterWarmUp(long step) => 1 / Math.Sqrt(Math.Max(1, (double)step / Reference));
}

/// <summary>Constant factors between given steps.</summary>
/// <param name="Pieces">The first step that a factor no longer holds for, and the factor; steps ascend.</param>
/// <param name="Last">The factor after all of them.</param>
public sealed record PiecewiseConstant(IReadOnlyList<(long Until, double Factor)> Pieces, double Last) : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double AfterWarmUp(long step)
    {
        foreach ((long until, double factor) in Pieces)
            if (step < until) return factor;
        return Last;
    }
}
