using Levare.Conditioning;
using Levare.Conditioning.Prompts;
using Levare.Pipelines.Prompts;
using static TorchSharp.torch;

namespace Levare.Verification.StableDiffusion;

/// <summary>A conditioner whose texts are told as tensors that the caller made (diffusers' prompt_embeds and its kin).</summary>
/// <param name="inner">Says all else.</param>
/// <param name="positive">What is put in the place of its positive texts, by the conditions' names.</param>
/// <param name="negative">What is put in the place of its negative ones.</param>
internal sealed class GivenTexts(IBatchConditioner inner, IReadOnlyDictionary<string, Tensor> positive, IReadOnlyDictionary<string, Tensor> negative) : IBatchConditioner
{
    public PromptEncoder? Encoder => inner.Encoder;

    /// <summary>A conditioner for a call; the inner one where the call gives no such tensors.</summary>
    /// <returns>It, and the number of prompts that stand in the place of words; null where there are words.</returns>
    public static (IBatchConditioner Conditioner, int? Prompts) Of(IBatchConditioner inner, GoldenCase golden, TakenSettings call)
    {
        Dictionary<string, Tensor> positive = Given("prompt_embeds", "pooled_prompt_embeds"), negative = Given("negative_prompt_embeds", "negative_pooled_prompt_embeds");
        return positive.Count + negative.Count == 0 ? (inner, null)
            : (new GivenTexts(inner, positive, negative), positive.TryGetValue(ConditionNames.Text, out Tensor? text) ? (int)text.shape[0] : null);

        Dictionary<string, Tensor> Given(string text, string pooled)
        {
            Dictionary<string, Tensor> given = new(StringComparer.Ordinal);
            if (PipelineTasks.TensorName(call, text) is { } states) given.Add(ConditionNames.Text, golden.Tensor(states));
            if (PipelineTasks.TensorName(call, pooled) is { } vector) given.Add(ConditionNames.TextEmbeds, golden.Tensor(vector));
            return given;
        }
    }

    public PromptConditions Encode(ConditioningRequest request)
    {
        PromptConditions told = inner.Encode(request);
        return told with { Positive = With(told.Positive, positive), Negative = told.Negative is { } other ? With(other, negative) : null };
    }

    public IBatchConditioner With(PromptEncoder encoder) => new GivenTexts(inner.With(encoder), positive, negative);

    public void Dispose() => inner.Dispose();

    private static Condition With(Condition told, IReadOnlyDictionary<string, Tensor> given) =>
        given.Aggregate(told, (condition, pair) => condition.With(pair.Key, pair.Value.clone()));
}
