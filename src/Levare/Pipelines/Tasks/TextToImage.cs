using Levare.Pipelines.Formats;

namespace Levare.Pipelines.Tasks;

/// <summary>Pictures from words alone. One draw, which is the start in the scheduler's scale.</summary>
public sealed record TextToImage : ImageTask
{
    internal override ImageSize SizeOf(ImageSize? requested, ImageModelParts parts) => requested ?? parts.Size;

    internal override TaskRecipe? ToRecipe(ImageModelParts parts) => null;

    internal override TaskStart Start(TaskContext context)
    {
        context.RequireStateInput("words alone");
        return new(context.StartNoise() * context.Schedule.InitialScale);
    }
}
