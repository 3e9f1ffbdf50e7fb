using System.CommandLine;
using Levare.Data;
using Levare.Pipelines;
using Levare.Pipelines.Tasks;

namespace Levare.Cli.Options;

/// <summary>The options of pictures that are worked from. What is made of them, the model says.</summary>
internal static class PictureOptions
{
    private static readonly Option<string?> Image = new("--image", "-i")
    {
        Description = "A picture to work from: to change it, to vary it, or to make it larger, as the model can.",
        HelpName = "file",
    };

    private static readonly Option<double?> Strength = new("--strength") { Description = "How much of --image, or of the picture whose latents --init-latents names, is made anew: above 0, up to 1.", HelpName = "share" };
    private static readonly Option<string?> Mask = new("--mask") { Description = "Which part of --image is made anew: bright where it is, dark where it stays.", HelpName = "file" };
    private static readonly Option<int?> Padding = new("--mask-padding") { Description = "Work on the masked part alone, in full size, with so many pixels round it.", HelpName = "pixels" };
    private static readonly Option<double?> ImageGuidance = new("--image-guidance") { Description = "How closely models that take instructions (InstructPix2Pix) keep to --image: 1 or more.", HelpName = "number" };
    private static readonly Option<int?> NoiseLevel = new("--noise-level") { Description = "How much noise models that make larger lay over --image.", HelpName = "number" };
    private static readonly Option<double?> From = new("--from") { Description = "Go on from this share of the way, above 0 and below 1: from --image, or from the state in --init-latents.", HelpName = "share" };

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Pictures to work from", Image, Strength, Mask, Padding, ImageGuidance, NoiseLevel, From);

    /// <summary>Reads the pictures, and refuses what does not go together.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="hasLatents">Whether there are latents to work from.</param>
    public static PictureInputs Read(ParseResult parsed, bool hasLatents)
    {
        string? image = parsed.GetValue(Image), mask = parsed.GetValue(Mask);
        double? strength = parsed.GetValue(Strength), guidance = parsed.GetValue(ImageGuidance), from = SamplingOptions.Share(parsed, From);
        int? padding = parsed.GetValue(Padding), level = parsed.GetValue(NoiseLevel);
        if (mask is not null && image is null) throw new UsageException("--mask marks a part of a picture: name that with --image.");
        if (padding is not null && mask is null) throw new UsageException("--mask-padding is the room round a masked part: name the mask with --mask.");
        if (image is null && ((hasLatents ? null : strength) ?? guidance ?? level) is not null) throw new UsageException("--strength, --image-guidance and --noise-level belong to a picture: name that with --image.");
        if (strength is { } share && !(share is > 0 and <= 1)) throw new UsageException($"--strength {TrailingNumber.Text(share)}: above 0, where nothing would change, up to 1.");
        if (guidance is { } scale && !(double.IsFinite(scale) && scale >= 0)) throw new UsageException($"--image-guidance {TrailingNumber.Text(scale)}: 0 or more.");
        if (padding < 0) throw new UsageException($"--mask-padding {padding}: 0 or more.");
        if (from is not null && (strength is not null || mask is not null)) throw new UsageException("--from says where the way begins, as --strength and --mask do: leave one out.");
        return new(image is null ? null : Load(image), mask is null ? null : Load(mask))
        {
            Strength = strength, Padding = padding, ImageGuidance = guidance, NoiseLevel = level, From = from,
        };
    }

    /// <summary>A picture as Python's pipelines read it.</summary>
    public static RawImage Load(string path) => ImageDecoder.Load(path, deepGrey: DeepGrey.Clipped);
}

/// <summary>Pictures to work from, and how.</summary>
internal sealed record PictureInputs(RawImage? Image, RawImage? Mask)
{
    public double? Strength { get; init; }

    public int? Padding { get; init; }

    public double? ImageGuidance { get; init; }

    public int? NoiseLevel { get; init; }

    public double? From { get; init; }

    /// <summary>What a model makes of them.</summary>
    /// <exception cref="UsageException">The model makes nothing of the kind.</exception>
    public ImageTask TaskFor(ImageModel model)
    {
        if (Image is null) return (From ?? Strength) is null ? FromWords(model) : new TextToImage();
        ImageTaskKind kind = Mask is not null ? ImageTaskKind.Inpaint : model.Tasks.FirstOrDefault(task => task is not (ImageTaskKind.TextToImage or ImageTaskKind.Inpaint), ImageTaskKind.Inpaint);
        if (!model.Tasks.Contains(kind)) throw new UsageException($"--mask: {Does(model)}.");
        if (kind == ImageTaskKind.Inpaint && Mask is null) throw new UsageException("this model makes a part of a picture anew: name the part with --mask.");
        Refuse(Strength, "--strength", kind is ImageTaskKind.ImageToImage or ImageTaskKind.Inpaint, model);
        Refuse(From, "--from", kind is ImageTaskKind.ImageToImage, model);
        Refuse(ImageGuidance, "--image-guidance", kind is ImageTaskKind.InstructPix2Pix, model);
        Refuse(NoiseLevel, "--noise-level", kind is ImageTaskKind.Upscale, model);
        return kind switch
        {
            ImageTaskKind.Inpaint => new Inpaint(Image, Mask!) { Strength = Strength, Padding = Padding },
            ImageTaskKind.InstructPix2Pix when ImageGuidance is { } scale => new InstructPix2Pix(Image) { ImageGuidance = scale },
            ImageTaskKind.InstructPix2Pix => new InstructPix2Pix(Image),
            ImageTaskKind.Upscale when NoiseLevel is { } level => new Upscale(Image) { NoiseLevel = level },
            ImageTaskKind.Upscale => new Upscale(Image),
            ImageTaskKind.ImageVariation => new ImageVariation(Image),
            _ => new ImageToImage(Image) { Strength = Strength, From = From },
        };
    }

    private static TextToImage FromWords(ImageModel model) => model.Tasks.Contains(ImageTaskKind.TextToImage) ? new()
        : throw new UsageException($"{Does(model)}: name the picture with --image{(model.Tasks.Contains(ImageTaskKind.Inpaint) ? ", and the part with --mask" : "")}.");

    private static void Refuse(double? given, string option, bool fits, ImageModel model)
    {
        if (given is not null && !fits) throw new UsageException($"{option} is for another kind of model: {Does(model)}.");
    }

    private static string Does(ImageModel model) => model.Tasks is [var made, ..] ? made switch
    {
        ImageTaskKind.Inpaint => "this model makes a part of a picture anew",
        ImageTaskKind.InstructPix2Pix => "this model changes a picture as the prompt tells",
        ImageTaskKind.Upscale => "this model makes a picture larger",
        ImageTaskKind.ImageVariation => "this model makes variations of a picture",
        _ => "this model makes pictures of words, and changes pictures",
    } : "this model takes what no option gives";
}
