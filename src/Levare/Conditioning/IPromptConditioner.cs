namespace Levare.Conditioning;

/// <summary>Turns what a caller writes into what a network is told. Thread-safe.</summary>
public interface IPromptConditioner
{
    /// <summary>The condition of one prompt, batch 1; its tensors are the caller's.</summary>
    /// <exception cref="ArgumentException">The prompt means nothing to this model; the message says what would.</exception>
    Condition Encode(string prompt);

    /// <summary>The condition of no prompt at all, for guidance; null where the model was never trained without one.</summary>
    Condition? EncodeNothing();

    /// <summary>The words of a prompt that mean nothing to the model and are passed over; empty where every word counts.</summary>
    IReadOnlyList<string> Unknown(string prompt) => [];
}
