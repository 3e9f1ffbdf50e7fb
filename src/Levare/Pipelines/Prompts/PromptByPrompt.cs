using Levare.Conditioning;

namespace Levare.Pipelines.Prompts;

/// <summary>The conditions of a batch from a conditioner that knows single prompts.</summary>
internal sealed class PromptByPrompt(IPromptConditioner single) : IBatchConditioner
{
    public PromptConditions Encode(ConditioningRequest request)
    {
        request.RequireNothingOfTextEncoders();
        return new(
            Condition.Concatenate([.. request.Prompts.Select(prompt => single.Encode(prompt.Text))]),
            request.NeedsNegative ? Condition.Concatenate([.. request.Prompts.Select(Negative)]) : null);
    }

    public IReadOnlyList<string> Unknown(string prompt) => single.Unknown(prompt);

    public void Dispose() => (single as IDisposable)?.Dispose();

    private Condition Negative(ImagePrompt prompt) => string.IsNullOrEmpty(prompt.Negative)
        ? single.EncodeNothing() ?? throw new RequestException("this model was not trained for guidance: it can only be 1, which is none.")
        : single.Encode(prompt.Negative);
}
