namespace Levare.Pipelines;

/// <summary>A request that a model cannot fulfil as it stands; the message says what would do.</summary>
public sealed class RequestException(string message) : ArgumentException(message);
