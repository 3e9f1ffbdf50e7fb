namespace Levare.Hub;

/// <summary>A model could not be had from the hub; the message says what was asked for and what would help.</summary>
/// <param name="error">Why.</param>
/// <param name="message">For people.</param>
/// <param name="inner">What caused it.</param>
public sealed class HubException(HubError error, string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>Why.</summary>
    public HubError Error { get; } = error;
}
