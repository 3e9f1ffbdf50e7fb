namespace Levare.Pipelines;

/// <summary>What steered a run that made a picture.</summary>
/// <param name="Model">The network that looked at the pictures, as it was given; null where there was none.</param>
/// <param name="Use">How it was used, its pictures named by their contents.</param>
public sealed record ControlRecipe(string? Model, TaskRecipe Use)
{
    /// <summary>The folder of the picture encoder of an IP-Adapter, as it was given; null for the one beside it.</summary>
    public string? Encoder { get; init; }

    /// <summary>The <see cref="ModelFingerprint"/> of the network; null where there was none.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The <see cref="ModelFingerprint"/> of the picture encoder that it listened to; null where it has none.</summary>
    public string? EncoderFingerprint { get; init; }
}
