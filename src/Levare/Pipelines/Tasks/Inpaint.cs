using Levare.Codecs;
using Levare.Compatibility;
using Levare.Conditioning;
using Levare.Data;
using Levare.Paths;
using Levare.Pipelines.Formats;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines.Tasks;

/// <summary>A picture with a part made anew. Networks that were trained for it see the mask and the rest; others get the rest blended back after each step.</summary>
/// <remarks>
/// Draws, where encoding draws: the picture (not for a network that sees the mask, at full strength), the noise, the picture without the masked part.
/// </remarks>
/// <param name="Image">The picture.</param>
/// <param name="Mask">Bright where it is to be made anew, dark where it is to stay.</param>
public sealed record Inpaint(RawImage Image, RawImage Mask) : ImageTask
{
    /// <summary>How far back to go, 0..1: the share of the steps that is taken; at 1 nothing of the masked part remains. The model's own when null (1, SDXL 0.9999).</summary>
    public double? Strength { get; init; }

    /// <summary>
    /// Works on the masked part alone, with so many pixels round it, in the full size asked for, and pastes the result back; on the whole picture when null.
    /// </summary>
    public int? Padding { get; init; }

    internal override ImageSize SizeOf(ImageSize? requested, ImageModelParts parts) => requested ?? parts.SizeFor(Image);

    internal override ScheduleSlice Slice(DiffusersSchedule schedule, ImageModelParts parts) => schedule.Last(Strength ?? parts.InpaintStrength);

    internal override TaskRecipe? ToRecipe(ImageModelParts parts) => TaskRecipe.Of(nameof(Inpaint), [Image, Mask], ("strength", Strength ?? parts.InpaintStrength), ("padding", Padding));

    internal override PixelRegion? RegionOf(ImageSize size) => Padding is { } padding ? MaskRegion.Around(Mask, size.Width, size.Height, padding) : null;

    internal override TaskStart Start(TaskContext context)
    {
        int channels = context.Parts.Space.Channels;
        bool blends = context.Parts.InputChannels == channels, isTold = context.Parts.InputChannels == 2 * channels + 1;
        if (!blends && !isTold)
            throw new RequestException($"this model cannot inpaint: its network takes {context.Parts.InputChannels} channels, where {channels} (any model) or {2 * channels + 1} (one trained for it) are needed.");
        ImageSize size = context.Plan.Size;
        PixelRegion? region = RegionOf(size);
        ResizeMode mode = region is null ? ResizeMode.Stretch : ResizeMode.Fill;
        Tensor pixels = context.Picture.Encode(Image, size.Width, size.Height, mode, region), mask = TaskContext.Mask.Encode(Mask, size.Width, size.Height, mode, region);
        bool isPure = (Strength ?? context.Parts.InpaintStrength) == 1;
        Tensor? source = blends || !isPure ? context.Encode(pixels) : null;
        Tensor noise = context.StartNoise();
        NoiseLevel level = context.Plan.Slice.Start;
        Tensor state = isPure ? noise * context.Schedule.InitialScale : source! * level.Alpha + noise * level.Sigma;
        Tensor rest = context.Encode(pixels * (1 - mask));
        Tensor coarse = nn.functional.interpolate(mask, [state.shape[2], state.shape[3]], mode: InterpolationMode.Nearest).to(context.Device);
        TaskStart start = new(state) { Finish = (picture, _) => region is null ? picture : InpaintOverlay.Apply(Mask, Image, picture, region) };
        return isTold
            ? start with { Condition = Condition.None.With(ConditionNames.Channels, context.Keep(cat([context.Rows(coarse), rest], 1))) }
            : start with { Solver = KeptSource.Around(context, context.Keep(source!), context.Keep(noise), context.Keep(coarse)) };
    }
}
