using Levare.Compatibility;
using Levare.Paths;
using Levare.Pipelines.Formats;

namespace Levare.Pipelines.Tasks;

/// <summary>Pictures from the clean latents of another: <see cref="ImageToImage"/> without the way through pixels, for latents made larger, say.</summary>
/// <remarks>Draws the noise that is added. The pictures have the latents' size.</remarks>
/// <param name="State">The latents, a row for each picture or one for all: <see cref="ImageResult.Latents"/> of a whole run.</param>
public sealed record LatentsToImage(Latents State) : ImageTask
{
    /// <summary>How far back to go, 0..1: the share of the steps that is taken. The model's own when null (0.8, SDXL 0.3).</summary>
    public double? Strength { get; init; }

    internal override ImageSize SizeOf(ImageSize? requested, ImageModelParts parts) => ContinueFrom.SizeOf(State, requested, parts);

    internal override ScheduleRequest ScheduleOf(ScheduleRequest requested, ImageModelParts parts) =>
        parts.Strength == StrengthMeaning.TeacherSteps ? requested with { Strength = Strength ?? parts.ImageStrength } : requested;

    internal override ScheduleSlice Slice(DiffusersSchedule schedule, ImageModelParts parts) =>
        parts.Strength == StrengthMeaning.TeacherSteps ? schedule.Whole : schedule.Last(Strength ?? parts.ImageStrength);

    internal override TaskRecipe? ToRecipe(ImageModelParts parts) =>
        TaskRecipe.Of(nameof(LatentsToImage), [], ("strength", Strength ?? parts.ImageStrength)) with { Inputs = [State.Hash] };

    internal override TaskStart Start(TaskContext context)
    {
        context.RequireStateInput("latents alone");
        NoiseLevel level = context.Plan.Slice.Start;
        return new(context.Rows(State.ToTensor(context.Device)) * level.Alpha + context.StartNoise() * level.Sigma);
    }
}
