namespace Levare.Verification.Oracles;

/// <summary>One measurement on an oracle.</summary>
/// <param name="Area">What it is about.</param>
/// <param name="What">What was measured.</param>
/// <param name="Measured">The number.</param>
/// <param name="Expected">What theory says.</param>
/// <param name="Passed">Whether they agree.</param>
public readonly record struct OracleRow(string Area, string What, double Measured, double Expected, bool Passed);
