using Levare.Pipelines.Tasks;

namespace Levare.Pipelines.Prompts;

/// <summary>The numbers that SDXL is told of a picture (time_ids), as diffusers' three pipelines make them.</summary>
/// <param name="Positive">What to go towards: original height and width, crop from top and left, then the target's height and width, or a score.</param>
/// <param name="Negative">What to go away from.</param>
internal readonly record struct MicroConditions(double[] Positive, double[] Negative)
{
    /// <summary>The numbers of a request.</summary>
    /// <param name="told">What was asked for.</param>
    /// <param name="size">The picture's size.</param>
    /// <param name="task">Text to image goes by rules of its own.</param>
    /// <param name="isScored">Whether the model is told scores in the place of target sizes.</param>
    public static MicroConditions Of(MicroConditioning told, ImageSize size, ImageTask task, bool isScored)
    {
        ImageSize original = told.OriginalSize ?? size, target = told.TargetSize ?? size;
        ImageSize negativeOriginal = told.NegativeOriginalSize ?? original, negativeTarget = told.NegativeTargetSize ?? target;
        (int Top, int Left) crop = (told.CropTop, told.CropLeft), negativeCrop = (told.NegativeCropTop, told.NegativeCropLeft);
        if (isScored) return new([.. Place(original, crop), told.AestheticScore], [.. Place(negativeOriginal, negativeCrop), told.NegativeAestheticScore]);
        double[] positive = [.. Place(original, crop), target.Height, target.Width];
        if (task is InstructPix2Pix) return new(positive, positive);
        if (task is not TextToImage) return new(positive, [.. Place(negativeOriginal, crop), negativeTarget.Height, negativeTarget.Width]);
        bool isNegative = told is { NegativeOriginalSize: not null, NegativeTargetSize: not null };
        return new(positive, isNegative ? [.. Place(negativeOriginal, negativeCrop), negativeTarget.Height, negativeTarget.Width] : positive);
    }

    private static double[] Place(ImageSize original, (int Top, int Left) crop) => [original.Height, original.Width, crop.Top, crop.Left];
}
