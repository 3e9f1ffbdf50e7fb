using static System.FormattableString;

namespace Levare.Training;

/// <summary>A running average of the weights. Immutable and thread-safe.</summary>
/// <param name="Name">What its file in a checkpoint is called: letters, digits, dots and dashes.</param>
public abstract record WeightAverage(string Name)
{
    /// <summary>How much of the old average stays at an update, 0..1.</summary>
    /// <param name="update">The update's number, from 1 on.</param>
    /// <param name="images">How many examples each update stands for.</param>
    public abstract double Decay(long update, long images);
}

/// <summary>A fixed decay that is approached as (1 + n) / (10 + n), like diffusers' EMAModel without warm-up.</summary>
/// <param name="Rate">The decay in the long run.</param>
public sealed record ExponentialAverage(double Rate = 0.9999) : WeightAverage(Invariant($"exponential-{Rate}"))
{
    /// <summary>The smallest decay once the average has begun.</summary>
    public double Least { get; init; }

    /// <summary>The average is the weights themselves until this update.</summary>
    public long After { get; init; }

    /// <inheritdoc/>
    public override double Decay(long update, long images)
    {
        double step = Math.Max(0, update - After - 1);
        return step == 0 ? 0 : Math.Clamp((1 + step) / (10 + step), Math.Min(Least, Rate), Rate);
    }
}

/// <summary>A decay of 1 - (1 + n / gamma)^-power up to a limit: diffusers' EMAModel with warm-up (Crowson).</summary>
/// <param name="Rate">The largest decay.</param>
/// <param name="InverseGamma">Steps until the decay starts to matter.</param>
/// <param name="Power">2/3 for runs of a million steps or more, 3/4 for shorter ones.</param>
public sealed record WarmUpAverage(double Rate = 0.9999, double InverseGamma = 1, double Power = 2.0 / 3) : WeightAverage(Invariant($"warm-up-{Rate}-{Power:0.###}"))
{
    /// <summary>The average is the weights themselves until this update.</summary>
    public long After { get; init; }

    /// <inheritdoc/>
    public override double Decay(long update, long images)
    {
        double step = Math.Max(0, update - After - 1);
        return step == 0 ? 0 : Math.Clamp(1 - Math.Pow(1 + step / InverseGamma, -Power), 0, Rate);
    }
}

/// <summary>A half-life in training images, shorter at the start (Karras et al. 2022, appendix F.2).</summary>
/// <param name="Images">The half-life.</param>
/// <param name="RampUp">At the start the half-life is this share of the images seen; null for none.</param>
public sealed record HalfLifeAverage(double Images = 500_000, double? RampUp = 0.05) : WeightAverage(Invariant($"half-life-{Images}"))
{
    /// <inheritdoc/>
    public override double Decay(long update, long images)
    {
        double halfLife = RampUp is { } ratio ? Math.Min(Images, update * (double)images * ratio) : Images;
        return Math.Pow(0.5, images / Math.Max(halfLife, 1e-8));
    }
}

/// <summary>A power-function profile (Karras et al. 2024, section 3.1): its length is a share of the run, however long that gets.</summary>
/// <param name="Gamma">The exponent; see <see cref="OfRelativeWidth"/>.</param>
public sealed record PowerAverage(double Gamma) : WeightAverage(Invariant($"power-{Gamma:0.###}"))
{
    /// <summary>The profile whose standard deviation is this share of the run: 0.05 or 0.10, say.</summary>
    /// <param name="width">sigma_rel, in (0, 0.288].</param>
    public static PowerAverage OfRelativeWidth(double width)
    {
        if (width is not (> 0 and <= 0.288)) throw new ArgumentOutOfRangeException(nameof(width), width, "A relative width is above 0 and at most 0.288.");
        // sigma_rel^2 = (g + 1) / ((g + 2)^2 (g + 3)) falls as g grows: bisection.
        double low = 0, high = 1e6;
        for (int i = 0; i < 200; i++)
        {
            double gamma = (low + high) / 2;
            if ((gamma + 1) / ((gamma + 2) * (gamma + 2) * (gamma + 3)) > width * width) low = gamma;
            else high = gamma;
        }
        return new((low + high) / 2) { Name = Invariant($"power-{width:0.###}") };
    }

    /// <inheritdoc/>
    public override double Decay(long update, long images) => Math.Pow(1 - 1.0 / update, Gamma + 1);
}
