using Levare.Compatibility;
using Levare.Conditioning;
using Levare.Data;
using Levare.Pipelines.Formats;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Pipelines.Tasks;

/// <summary>A picture made larger, by models that were trained for it (Saharia et al. 2022, SR3; Stable Diffusion's x4 upscaler). The prompt says what it shows.</summary>
/// <remarks>Draws: the noise that is laid over the picture, then the noise to start from.</remarks>
/// <param name="Image">The small picture; its sides are cut to what the model can make.</param>
public sealed record Upscale(RawImage Image) : ImageTask
{
    /// <summary>How much noise is laid over the small picture, in steps of training: more hides its faults, and makes more up.</summary>
    public int NoiseLevel { get; init; } = 20;

    internal override ImageSize SizeOf(ImageSize? requested, ImageModelParts parts)
    {
        ImageSize small = parts.SizeFor(Image), large = new(small.Width * parts.Space.Factor, small.Height * parts.Space.Factor);
        return requested is null || requested == large ? large
            : throw new RequestException($"this model makes a picture of {small} {parts.Space.Factor} times as large, {large}, not {requested}.");
    }

    internal override TaskRecipe? ToRecipe(ImageModelParts parts) => TaskRecipe.Of(nameof(Upscale), [Image], ("noise_level", NoiseLevel));

    internal override TaskStart Start(TaskContext context)
    {
        if (context.Parts.Upscaling is not { } upscaling || context.Parts.InputChannels != context.Parts.Space.Channels + RgbChannels)
            throw new RequestException($"this model does not make pictures larger: its network takes {context.Parts.InputChannels} channels, where {context.Parts.Space.Channels + RgbChannels} are needed, and it needs a scheduler for the small picture (low_res_scheduler).");
        if (NoiseLevel < 0 || NoiseLevel > upscaling.LargestNoiseLevel)
            throw new RequestException($"the noise level is {NoiseLevel}: this model knows 0 to {upscaling.LargestNoiseLevel}.");
        Tensor picture = context.Keep(context.Rows(Noised(context, upscaling)));
        Tensor level = context.Keep(full([context.Batch], NoiseLevel, dtype: ScalarType.Int64, device: context.Device));
        return new(context.StartNoise() * context.Schedule.InitialScale)
        {
            Condition = Condition.None.With(ConditionNames.Channels, picture).With(ConditionNames.ClassLabels, level),
        };
    }

    private const int RgbChannels = 3;

    private Tensor Noised(TaskContext context, Upscaling upscaling)
    {
        (int width, int height) = (context.Plan.Size.Width / context.Parts.Space.Factor, context.Plan.Size.Height / context.Parts.Space.Factor);
        Tensor clean = (context.Picture with { Filter = ResampleFilter.Bicubic }).Encode(Image, width, height).to(context.Device);
        INoiseSource noise = context.PictureNoise;
        if (noise.Rows is { } rows) clean = clean.repeat(rows, 1, 1, 1);
        return upscaling.AddNoise(clean, noise.Draw(clean.shape), NoiseLevel);
    }
}

/// <summary>How an upscaling model is told of the small picture.</summary>
/// <param name="Scheduler">Whose noise is laid over it.</param>
/// <param name="LargestNoiseLevel">The largest level that the network knows.</param>
internal sealed record Upscaling(SchedulerConfig Scheduler, int LargestNoiseLevel)
{
    private const int AnySteps = 1;

    /// <summary>The picture with noise of a level.</summary>
    public Tensor AddNoise(Tensor clean, Tensor noise, int level) => DiffusersScheduler.Create(Scheduler, new(AnySteps)).AddNoise(clean, noise, level);
}
