namespace Levare.Cli.Benchmarks;

/// <summary>One number that was measured.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Value">The number.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Ceiling">What the machine could do at most, in the same unit; null where there is no such bound.</param>
internal sealed record Measurement(string What, double Value, string Unit, double? Ceiling = null)
{
    /// <summary>The share of the ceiling that is reached, 0..1.</summary>
    public double? Share => Value / Ceiling;
}
