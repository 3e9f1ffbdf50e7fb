namespace Levare.Conditioning.Clip;

/// <summary>How texts are cleaned before CLIP's tokeniser sees them.</summary>
public enum ClipTextCleaning
{
    /// <summary>Not at all, as transformers does.</summary>
    Transformers,
}
