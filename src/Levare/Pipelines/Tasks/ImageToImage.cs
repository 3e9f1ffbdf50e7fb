using Levare.Compatibility;
using Levare.Data;
using Levare.Paths;
using Levare.Pipelines.Formats;
using static TorchSharp.torch;

namespace Levare.Pipelines.Tasks;

/// <summary>Pictures from a picture (SDEdit, Meng et al. 2022): it is noised to a level on the way, and the rest of the way is taken.</summary>
/// <remarks>Draws: where encoding the picture draws, then the noise. The pictures have its size, cut to what the model can make.</remarks>
/// <param name="Image">The picture.</param>
public sealed record ImageToImage(RawImage Image) : ImageTask
{
    /// <summary>How far back to go, 0..1: the share of the steps that is taken. 1 takes all of them, and still shines through. The model's own when null (0.8, SDXL 0.3).</summary>
    public double? Strength { get; init; }

    internal override ImageSize SizeOf(ImageSize? requested, ImageModelParts parts) => requested ?? parts.SizeFor(Image);

    internal override ScheduleRequest ScheduleOf(ScheduleRequest requested, ImageModelParts parts) =>
        parts.Strength == StrengthMeaning.TeacherSteps ? requested with { Strength = Strength ?? parts.ImageStrength } : requested;

    internal override ScheduleSlice Slice(DiffusersSchedule schedule, ImageModelParts parts) =>
        parts.Strength == StrengthMeaning.TeacherSteps ? schedule.Whole : schedule.Last(Strength ?? parts.ImageStrength);

    internal override TaskRecipe? ToRecipe(ImageModelParts parts) => TaskRecipe.Of(nameof(ImageToImage), [Image], ("strength", Strength ?? parts.ImageStrength));

    internal override TaskStart Start(TaskContext context)
    {
        context.RequireStateInput("a picture alone");
        Tensor clean = context.Encode(context.Pixels(Image));
        NoiseLevel level = context.Plan.Slice.Start;
        return new(clean * level.Alpha + context.StartNoise() * level.Sigma);
    }
}
