namespace Levare.Pipelines;

/// <summary>What SDXL is told of a picture beside words: of which size and part of a photograph it is to look like (Podell et al. 2023, section 2.2).</summary>
/// <remarks>What is left out follows from the picture's size; models that know nothing of it pass over all of it. Sizes are in pixels.</remarks>
public sealed record MicroConditioning
{
    /// <summary>The size of the photograph before it was scaled for training: small ones look blurred. The picture's own when null.</summary>
    public ImageSize? OriginalSize { get; init; }

    /// <summary>Columns that were cut off at the left: above 0 the subject leaves the picture.</summary>
    public int CropLeft { get; init; }

    /// <summary>Rows that were cut off at the top.</summary>
    public int CropTop { get; init; }

    /// <summary>The size that it was scaled to. The picture's own when null.</summary>
    public ImageSize? TargetSize { get; init; }

    /// <summary>How much people like it, 1..10; for models that are told (SDXL's refiner).</summary>
    public double AestheticScore { get; init; } = 6;

    /// <summary><see cref="OriginalSize"/> to go away from; in text to image it counts only together with <see cref="NegativeTargetSize"/>.</summary>
    public ImageSize? NegativeOriginalSize { get; init; }

    /// <summary><see cref="CropLeft"/> to go away from; it counts where the sizes to go away from do.</summary>
    public int NegativeCropLeft { get; init; }

    /// <summary><see cref="CropTop"/> to go away from; it counts where the sizes to go away from do.</summary>
    public int NegativeCropTop { get; init; }

    /// <summary><see cref="TargetSize"/> to go away from; in text to image it counts only together with <see cref="NegativeOriginalSize"/>.</summary>
    public ImageSize? NegativeTargetSize { get; init; }

    /// <summary><see cref="AestheticScore"/> to go away from.</summary>
    public double NegativeAestheticScore { get; init; } = 2.5;
}
