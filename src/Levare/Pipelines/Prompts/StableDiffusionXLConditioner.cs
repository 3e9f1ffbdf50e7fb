using System.Collections.Immutable;
using Levare.Conditioning;
using Levare.Conditioning.Prompts;
using Levare.Pipelines.Tasks;
using static TorchSharp.torch;

namespace Levare.Pipelines.Prompts;

/// <summary>Prompts of SDXL and its refiner: the states of one or two CLIP text encoders, the whole text as one vector, and numbers that place the picture.</summary>
/// <remarks>As diffusers has it, only the positive prompt leaves layers out, and having no negative prompt may differ from an empty one.</remarks>
/// <param name="encoder">The encoders, which are disposed with this.</param>
/// <param name="settings">What the pipeline's configuration says.</param>
internal sealed class StableDiffusionXLConditioner(PromptEncoder encoder, StableDiffusionXLSettings settings) : IBatchConditioner
{
    /// <summary>The encoders.</summary>
    public PromptEncoder Encoder => encoder;

    public PromptConditions Encode(ConditioningRequest request)
    {
        if (settings.RequiresAestheticScore && request.Task is TextToImage)
            throw new RequestException("this model refines: it needs a picture, or the latents of a model that begins.");
        ImmutableArray<ImagePrompt> prompts = request.Prompts;
        ImmutableArray<ImagePrompt> negatives = request.NeedsNegative ? [.. prompts.Where(IsEncoded)] : [];
        EncodedPrompts encoded = encoder.Encode([.. prompts.Select(prompt => Positive(prompt, request.ClipSkip ?? 0)), .. negatives.Select(Negative)], request.Syntax);
        Tensor text = encoded.Text.to(ScalarType.Float32), pooled = encoded.Pooled!.to(ScalarType.Float32);
        MicroConditions micro = MicroConditions.Of(request.Micro, request.Size, request.Task, settings.RequiresAestheticScore);
        long[] positiveRows = [.. Enumerable.Range(0, prompts.Length).Select(i => (long)i)];
        Condition positive = Told(Rows(text, positiveRows), Rows(pooled, positiveRows), micro.Positive);
        return new(positive, request.NeedsNegative ? Told(NegativeRows(text, prompts), NegativeRows(pooled, prompts), micro.Negative) : null) { Dropped = encoded.Dropped };
    }

    public IBatchConditioner With(PromptEncoder other) => new StableDiffusionXLConditioner(other, settings);

    public void Dispose() => encoder.Dispose();

    private bool IsEncoded(ImagePrompt prompt) => prompt.Negative is not null || !settings.ZeroesForNoNegative;

    private static PromptText Positive(ImagePrompt prompt, int clipSkip) => new(prompt.Text) { Second = prompt.Second, ClipSkip = clipSkip };

    private static PromptText Negative(ImagePrompt prompt) => new(prompt.Negative ?? "") { Second = prompt.SecondNegative };

    // The encoded negative prompts lie behind the positive ones; a row without one is zero.
    private Tensor NegativeRows(Tensor encoded, ImmutableArray<ImagePrompt> prompts)
    {
        int next = prompts.Length;
        return cat([.. prompts.Select(prompt => IsEncoded(prompt) ? encoded.narrow(0, next++, 1) : zeros_like(encoded.narrow(0, 0, 1)))], 0);
    }

    private static Tensor Rows(Tensor encoded, long[] rows) => encoded.index_select(0, tensor(rows, device: encoded.device));

    private static Condition Told(Tensor text, Tensor pooled, double[] numbers) => Condition.None.With(ConditionNames.Text, text)
        .With(ConditionNames.TextEmbeds, pooled)
        .With(ConditionNames.TimeIds, tensor(numbers, ScalarType.Float32, text.device).unsqueeze(0).repeat(text.shape[0], 1));
}

/// <summary>The settings of SDXL's pipelines in model_index.json.</summary>
/// <param name="ZeroesForNoNegative">force_zeros_for_empty_prompt: without a negative prompt the network is told zeros, not an empty text.</param>
/// <param name="RequiresAestheticScore">requires_aesthetics_score: the network is told scores in the place of target sizes.</param>
internal readonly record struct StableDiffusionXLSettings(bool ZeroesForNoNegative, bool RequiresAestheticScore);
