namespace Levare.Codecs;

/// <summary>The values that a pixel's channel takes in a state.</summary>
public enum PixelRange
{
    /// <summary>-1..1.</summary>
    Signed,

    /// <summary>0..1.</summary>
    Unit,
}
