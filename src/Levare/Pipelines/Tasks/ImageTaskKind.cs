namespace Levare.Pipelines.Tasks;

/// <summary>The kinds of <see cref="ImageTask"/> that models differ in.</summary>
public enum ImageTaskKind
{
    /// <summary><see cref="Tasks.TextToImage"/>: pictures from words alone.</summary>
    TextToImage,

    /// <summary><see cref="Tasks.ImageToImage"/>: pictures from a picture.</summary>
    ImageToImage,

    /// <summary><see cref="Tasks.Inpaint"/>: a picture with a part made anew.</summary>
    Inpaint,

    /// <summary><see cref="Tasks.InstructPix2Pix"/>: a picture changed as the prompt tells.</summary>
    InstructPix2Pix,

    /// <summary><see cref="Tasks.Upscale"/>: a picture made larger.</summary>
    Upscale,

    /// <summary><see cref="Tasks.ImageVariation"/>: pictures that show what a picture shows.</summary>
    ImageVariation,
}
