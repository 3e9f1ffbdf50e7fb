namespace Levare.Pipelines;

/// <summary>What is done with the safety checker that a checkpoint may bring.</summary>
public enum SafetyCheck
{
    /// <summary>Where there is one, pictures that it condemns become black, as in Python. Results tell what it said.</summary>
    Blacken,

    /// <summary>Where there is one, results tell what it says of their pictures, which stay.</summary>
    Report,

    /// <summary>It is not loaded.</summary>
    Off,
}
