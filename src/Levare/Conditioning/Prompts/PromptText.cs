namespace Levare.Conditioning.Prompts;

/// <summary>One row to encode: a prompt, or a negative prompt.</summary>
/// <param name="Text">The words.</param>
public sealed record PromptText(string Text)
{
    /// <summary>Other words for the second text encoder, where there is one; null or empty for the same.</summary>
    public string? Second { get; init; }

    /// <summary>
    /// The last layers of the text encoder that are left out, 0 or more. Diffusers skips them for the prompt alone and not for the negative one.
    /// Models that read the layer before the last anyway (SDXL) count from there.
    /// </summary>
    public int ClipSkip { get; init; }
}
