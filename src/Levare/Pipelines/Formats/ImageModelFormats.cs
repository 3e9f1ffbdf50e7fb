using System.Collections.Immutable;
using Levare.Weights;

namespace Levare.Pipelines.Formats;

/// <summary>The one list of what can be opened.</summary>
internal static class ImageModelFormats
{
    private static readonly ImmutableArray<IImageModelFormat> All = [new UNet2DFormat(), new WordUNetFormat(), new StableDiffusionFormat(), new StableDiffusionXLFormat(), new UpscaleFormat(), new ImageVariationFormat()];

    /// <summary>The format of a model's class, or null.</summary>
    public static IImageModelFormat? Find(ModelFiles model) => All.FirstOrDefault(format => format.ClassNames.Contains(model.ClassName));

    /// <summary>The format of a model's class.</summary>
    /// <exception cref="NotSupportedException">There is none; the message lists those that there are.</exception>
    public static IImageModelFormat Of(ModelFiles model) => Find(model)
        ?? throw new NotSupportedException($"{model.Path} holds a {model.ClassName}, which is not supported; supported are: "
            + $"{string.Join(", ", All.SelectMany(format => format.ClassNames).Order(StringComparer.Ordinal))}.");
}
