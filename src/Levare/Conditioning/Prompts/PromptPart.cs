namespace Levare.Conditioning.Prompts;

/// <summary>A stretch of a prompt that counts alike.</summary>
/// <param name="Text">The words.</param>
/// <param name="Weight">How much they count; 1 is as written.</param>
public readonly record struct PromptPart(string Text, double Weight);
