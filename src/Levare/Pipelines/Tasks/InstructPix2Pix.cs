using Levare.Conditioning;
using Levare.Data;
using Levare.Networks.Autoencoders;
using Levare.Pipelines.Formats;
using Levare.Pipelines.Spaces;
using static TorchSharp.torch;

namespace Levare.Pipelines.Tasks;

/// <summary>A picture changed as the prompt tells (Brooks et al. 2023), by models that were trained for it.</summary>
/// <remarks>Draws the noise alone: the picture's likeliest latents are taken. The pictures have its size, cut to what the model can make.</remarks>
/// <param name="Image">The picture.</param>
public sealed record InstructPix2Pix(RawImage Image) : ImageTask
{
    /// <summary>How closely the picture is kept to, beside <see cref="ImageRequest.Guidance"/> by words: 1 or more; below, or without guidance by words, there is none of either.</summary>
    public double ImageGuidance { get; init; } = 1.5;

    internal override ImageSize SizeOf(ImageSize? requested, ImageModelParts parts) => requested ?? parts.SizeFor(Image);

    internal override ImageGuidance GuidanceOf(double scale, double rescale, ImageModelParts parts)
    {
        if (!double.IsFinite(ImageGuidance)) throw new RequestException($"the guidance by the picture is {ImageGuidance}, where a finite number is needed.");
        return scale > 1 && ImageGuidance >= 1 ? new ImageGuidance.WordsAndPicture(scale, ImageGuidance) { Rescale = rescale } : new ImageGuidance.None();
    }

    internal override TaskRecipe? ToRecipe(ImageModelParts parts) => TaskRecipe.Of(nameof(InstructPix2Pix), [Image], ("image_guidance", ImageGuidance));

    internal override TaskStart Start(TaskContext context)
    {
        int channels = context.Parts.Space.Channels;
        if (context.Parts.Space is not LatentSpace space || context.Parts.InputChannels != 2 * channels)
            throw new RequestException($"this model takes no instructions for a picture: its network takes {context.Parts.InputChannels} channels, where {2 * channels} are needed.");
        using LatentPosterior posterior = space.Codec.Encode(context.Pixels(Image).to(context.Device));
        Tensor picture = context.Keep(context.Rows(context.Parts.ToldPictureScale.ToState(posterior.Mode.to(ScalarType.Float32))));
        return new(context.StartNoise() * context.Schedule.InitialScale)
        {
            Condition = Condition.None.With(ConditionNames.Channels, picture),
            NegativeCondition = Condition.None.With(ConditionNames.Channels, context.Keep(zeros_like(picture))),
        };
    }
}
