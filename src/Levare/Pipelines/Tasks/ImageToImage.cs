using Levare.Compatibility;
using Levare.Data;
using Levare.Paths;
using Levare.Pipelines.Formats;
using static TorchSharp.torch;

namespace Levare.Pipelines.Tasks;

/// <summary>Pictures from a picture (SDEdit, Meng et al. 2022): it is noised to a level on the way, and the rest of the way is taken.</summary>
/// <remarks>Draws: where encoding the picture draws, then the noise that is added. The pictures have its size, cut to what the model can make.</remarks>
/// <param name="Image">The picture.</param>
public sealed record ImageToImage(RawImage Image) : ImageTask
{
    /// <summary>How far back to go, 0..1: the share of the steps that is taken. 1 takes all of them, and still shines through. The model's own when null (0.8, SDXL 0.3).</summary>
    public double? Strength { get; init; }

    /// <summary>
    /// Takes the picture for one that has gone this share of the way, above 0 and below 1, and adds no noise (diffusers' denoising_start): a refiner's last
    /// touch. The strength then does not count.
    /// </summary>
    public double? From { get; init; }

    internal override ImageSize SizeOf(ImageSize? requested, ImageModelParts parts) => requested ?? parts.SizeFor(Image);

    internal override ScheduleRequest ScheduleOf(ScheduleRequest requested, ImageModelParts parts) =>
        parts.Strength == StrengthMeaning.TeacherSteps && From is null ? requested with { Strength = Strength ?? parts.ImageStrength } : requested;

    internal override ScheduleSlice Slice(DiffusersSchedule schedule, ImageModelParts parts) => From is { } share ? schedule.After(share, parts.Scheduler.NumTrainTimesteps)
        : parts.Strength == StrengthMeaning.TeacherSteps ? schedule.Whole : schedule.Last(Strength ?? parts.ImageStrength);

    internal override TaskRecipe? ToRecipe(ImageModelParts parts) => TaskRecipe.Of(nameof(ImageToImage), [Image], ("strength", From is null ? Strength ?? parts.ImageStrength : null), ("from", From));

    internal override TaskStart Start(TaskContext context)
    {
        context.RequireStateInput("a picture alone");
        if (From is not null) context.RequireNoInitialLatents("a picture on its way");
        Tensor clean = context.Encode(context.Pixels(Image));
        if (From is not null) return new(clean);
        NoiseLevel level = context.Plan.Slice.Start;
        return new(clean * level.Alpha + context.StartNoise() * level.Sigma);
    }
}
