namespace Levare.Pipelines.Prompts;

/// <summary>The words of one picture.</summary>
/// <param name="Text">What it should show.</param>
internal sealed record ImagePrompt(string Text)
{
    /// <summary>What it should not show; null for no such words, which for some models is not the same as empty ones.</summary>
    public string? Negative { get; init; }

    /// <summary>Other words for the second text encoder, where there is one; null for the same.</summary>
    public string? Second { get; init; }

    /// <summary>Other negative words for the second text encoder; null for the same.</summary>
    public string? SecondNegative { get; init; }
}
