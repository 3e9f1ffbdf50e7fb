using Levare.Grids;
using Levare.Paths;

namespace Levare.Verification.Oracles;

/// <summary>How the levels of a measurement are spaced: a solver shows its order where its own variable is stepped evenly or smoothly.</summary>
public enum OracleSpacing
{
    /// <summary>Nearly even in lambda, with steps that change smoothly, so that no solver profits from equal ones.</summary>
    Lambda,

    /// <summary>Even in the path's time, for methods that hold the coefficients of equal steps.</summary>
    Time,
}

/// <summary>The three families of paths that measurements are made on.</summary>
/// <param name="Name">Short, for tables.</param>
/// <param name="Path">A continuous path of the family.</param>
public sealed record OraclePath(string Name, INoisePath Path)
{
    private const double Noisy = -6.5, Clean = 3;

    /// <summary>alpha^2 + sigma^2 = 1.</summary>
    public static readonly OraclePath VariancePreserving = new("VP", new TrigonometricPath());

    /// <summary>alpha = 1.</summary>
    public static readonly OraclePath VarianceExploding = new("VE", new EdmPath());

    /// <summary>alpha + sigma = 1.</summary>
    public static readonly OraclePath Straight = new("flow", new RectifiedFlowPath());

    /// <summary>All three.</summary>
    public static IReadOnlyList<OraclePath> All => [VariancePreserving, VarianceExploding, Straight];

    /// <summary>A grid between two levels that both have noise, so that nothing but the solver's order shows.</summary>
    public TimeGrid Grid(int steps, OracleSpacing spacing) =>
        new(Enumerable.Range(0, steps + 1).Select(i => Path.At(Time((double)i / steps, spacing))));

    private double Time(double share, OracleSpacing spacing) => spacing == OracleSpacing.Time
        ? double.Lerp(Path.TimeAt(-0.3), Path.TimeAt(1.4), share)
        : Path.TimeAt(double.Lerp(Noisy, Clean, share + 0.05 * Math.Sin(2 * Math.PI * share)));
}
