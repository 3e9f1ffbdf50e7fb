using Levare.Conditioning;
using Levare.Conditioning.Prompts;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines.Prompts;

/// <summary>Prompts of Stable Diffusion 1 and 2: the states of a CLIP text encoder.</summary>
/// <remarks>As diffusers has it, no negative prompt is the empty one, and only the positive prompt leaves layers out.</remarks>
/// <param name="encoder">The encoder, which is disposed with this.</param>
internal sealed class TextConditioner(PromptEncoder encoder) : IBatchConditioner
{
    /// <summary>The encoder.</summary>
    public PromptEncoder Encoder => encoder;

    public PromptConditions Encode(ConditioningRequest request)
    {
        request.RequireNothingOfTwoTextEncoders();
        int rows = request.Prompts.Length;
        IEnumerable<PromptText> positive = request.Prompts.Select(prompt => new PromptText(prompt.Text) { ClipSkip = request.ClipSkip ?? 0 });
        IEnumerable<PromptText> negative = request.NeedsNegative ? request.Prompts.Select(prompt => new PromptText(prompt.Negative ?? "")) : [];
        EncodedPrompts encoded = encoder.Encode([.. positive, .. negative], request.Syntax);
        Tensor text = encoded.Text.to(ScalarType.Float32);
        return new(Rows(text, 0, rows), request.NeedsNegative ? Rows(text, rows, rows) : null) { Dropped = encoded.Dropped };
    }

    public IBatchConditioner With(PromptEncoder other) => new TextConditioner(other);

    public void Dispose() => encoder.Dispose();

    private static Condition Rows(Tensor text, long first, long count) => Condition.None.With(ConditionNames.Text, text.narrow(0, first, count).clone());
}
