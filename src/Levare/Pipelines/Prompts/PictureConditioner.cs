using Levare.Conditioning;
using Levare.Conditioning.Clip;
using Levare.Networks.Clip;
using Levare.Pipelines.Tasks;
using static TorchSharp.torch;

namespace Levare.Pipelines.Prompts;

/// <summary>What a picture shows in the place of words: CLIP's embedding of it as the only token. Nothing to go away from is zero.</summary>
/// <param name="encoder">The encoder, with a projection; it is disposed with this.</param>
/// <param name="processor">What makes pictures ready for it.</param>
internal sealed class PictureConditioner(ClipVisionModel encoder, ClipImageProcessor processor) : IBatchConditioner
{
    public PromptConditions Encode(ConditioningRequest request)
    {
        if (request.Task is not ImageVariation task) throw new RequestException("this model varies pictures: it needs one, and knows no other task.");
        if (request.Prompts.Any(prompt => prompt.Text.Length > 0 || !string.IsNullOrEmpty(prompt.Negative)))
            throw new RequestException("this model is told pictures, not words: leave the prompt and the negative prompt empty.");
        request.RequireNothingOfTextEncoders();
        Tensor weight = encoder.parameters().First();
        ClipVisionOutput output = encoder.call(processor.Process(task.Image).to(weight.dtype, weight.device));
        Tensor embedding = output.Projected!.to(ScalarType.Float32).unsqueeze(1).repeat(request.Prompts.Length, 1, 1);
        return new(Told(embedding), request.NeedsNegative ? Told(zeros_like(embedding)) : null);
    }

    public void Dispose() => encoder.Dispose();

    private static Condition Told(Tensor embedding) => Condition.None.With(ConditionNames.Text, embedding);
}
