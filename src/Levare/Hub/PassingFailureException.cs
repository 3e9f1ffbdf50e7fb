namespace Levare.Hub;

/// <summary>A request failed in a way that may pass: the same request may succeed later.</summary>
/// <param name="message">What happened, as the end of a sentence about the server.</param>
/// <param name="after">How long the server asks to be left alone, or null.</param>
/// <param name="inner">What caused it.</param>
internal sealed class PassingFailureException(string message, TimeSpan? after = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How long the server asks to be left alone, or null.</summary>
    public TimeSpan? After { get; } = after;
}
