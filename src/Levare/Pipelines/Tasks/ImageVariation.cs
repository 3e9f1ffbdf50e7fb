using Levare.Data;
using Levare.Pipelines.Formats;

namespace Levare.Pipelines.Tasks;

/// <summary>Pictures that show what a picture shows, by models that are told pictures in the place of words (Stable Diffusion image variations). The prompt is empty.</summary>
/// <remarks>One draw, which is the start in the scheduler's scale.</remarks>
/// <param name="Image">The picture, of any size.</param>
public sealed record ImageVariation(RawImage Image) : ImageTask
{
    internal override ImageSize SizeOf(ImageSize? requested, ImageModelParts parts) => requested ?? parts.Size;

    internal override TaskRecipe? ToRecipe(ImageModelParts parts) => TaskRecipe.Of(nameof(ImageVariation), [Image]);

    internal override TaskStart Start(TaskContext context)
    {
        if (!context.Parts.IsToldPictures) throw new RequestException("this model is told words, not pictures: ask for image to image, or use a model of image variations.");
        context.RequireStateInput("a picture's meaning alone");
        return new(context.StartNoise() * context.Schedule.InitialScale);
    }
}
