namespace Levare.Verification;

/// <summary>Holds Levare against the golden cases of one kind.</summary>
public interface ICaseVerifier
{
    /// <summary>Whether this verifier knows how to run a case.</summary>
    bool Supports(GoldenCase golden);

    /// <summary>Runs a case and compares, stage after stage; the first comparison that fails names the fault.</summary>
    IReadOnlyList<Comparison> Verify(GoldenCase golden);
}
