namespace Levare.Grids;

/// <summary>How a dynamic shift depends on mu.</summary>
public enum TimeShiftType
{
    /// <summary>t -> e^mu / (e^mu + 1 / t - 1).</summary>
    Exponential,

    /// <summary>t -> mu / (mu + 1 / t - 1).</summary>
    Linear,
}

/// <summary>Moves the times 0..1 of a straight path towards noise; larger pictures need that (Esser et al. 2024, section 5.3.2).</summary>
public static class FlowShift
{
    /// <summary>t -> s t / (1 + (s - 1) t).</summary>
    /// <param name="time">0..1.</param>
    /// <param name="shift">1 leaves it, above 1 moves towards noise.</param>
    public static double Static(double time, double shift) => shift * time / (1 + (shift - 1) * time);

    /// <summary>A shift by mu, which grows with the picture.</summary>
    /// <param name="time">0..1, 0 excluded.</param>
    /// <param name="mu">See <see cref="Mu"/>.</param>
    /// <param name="type">How mu enters.</param>
    public static double Dynamic(double time, double mu, TimeShiftType type)
    {
        double weight = type == TimeShiftType.Exponential ? Math.Exp(mu) : mu;
        return weight / (weight + (1 / time - 1));
    }

    /// <summary>mu of a sequence length, on a line through two points (FLUX's).</summary>
    /// <param name="length">Tokens of the picture.</param>
    /// <param name="baseLength">The length at which mu is <paramref name="baseShift"/>.</param>
    /// <param name="maxLength">The length at which mu is <paramref name="maxShift"/>.</param>
    /// <param name="baseShift">mu of the small picture.</param>
    /// <param name="maxShift">mu of the large picture.</param>
    public static double Mu(int length, int baseLength = 256, int maxLength = 4096, double baseShift = 0.5, double maxShift = 1.15) =>
        baseShift + (maxShift - baseShift) / (maxLength - baseLength) * (length - baseLength);

    /// <summary>Stretches falling times so that the last one is a given number (LTX-Video's shift_terminal).</summary>
    public static double[] ToTerminal(IReadOnlyList<double> times, double terminal)
    {
        double scale = (1 - times[^1]) / (1 - terminal);
        return [.. times.Select(time => 1 - (1 - time) / scale)];
    }
}
