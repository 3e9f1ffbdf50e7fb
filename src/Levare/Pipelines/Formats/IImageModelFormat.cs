using System.Collections.Immutable;
using Levare.Compatibility;
using Levare.Data;
using Levare.Denoisers;
using Levare.Networks.Autoencoders;
using Levare.Pipelines.Budgets;
using Levare.Pipelines.Prompts;
using Levare.Pipelines.Spaces;
using Levare.Pipelines.Tasks;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Pipelines.Formats;

/// <summary>Opens the models of some pipeline classes.</summary>
internal interface IImageModelFormat
{
    /// <summary>The classes, as model_index.json names them.</summary>
    ImmutableArray<string> ClassNames { get; }

    /// <summary>Loads the parts of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="loading">How they are to be loaded.</param>
    ImageModelParts Open(ModelFiles model, ModelLoading loading);
}

/// <summary>What an image model is made of.</summary>
internal sealed record ImageModelParts : IDisposable
{
    /// <summary>The network, ready for inference, on its device; it takes and gives float32.</summary>
    public required DenoisingNetwork Network { get; init; }

    /// <summary>The network's number format.</summary>
    public required ScalarType Type { get; init; }

    /// <summary>scheduler_config.json.</summary>
    public required SchedulerConfig Scheduler { get; init; }

    /// <summary>What turns prompts into conditions.</summary>
    public required IBatchConditioner Conditioner { get; init; }

    /// <summary>What the model does where a request is silent.</summary>
    public required ImageDefaults Defaults { get; init; }

    /// <summary>Where its states live: pixels, or an autoencoder's latents.</summary>
    public required StateSpace Space { get; init; }

    /// <summary>The channels that the network takes: the state's, unless it wants a picture or a mask beside.</summary>
    public required int InputChannels { get; init; }

    /// <summary>A scale of guidance up to this one is none (diffusers' pipelines: 1); null where any but 1 guides.</summary>
    public double? LeastGuidance { get; init; }

    /// <summary>The size that the model was trained for.</summary>
    public required ImageSize Size { get; init; }

    /// <summary>Sides must be multiples of it; null where only <see cref="Size"/> will do.</summary>
    public int? SideMultiple { get; init; }

    /// <summary>The waves in which the network is told of guidance, where it was distilled so; null where it is guided from outside.</summary>
    public int? GuidanceWaves { get; init; }

    /// <summary>How it keeps within an amount of memory; null where it may take any.</summary>
    public ModelMemory? Memory { get; init; }

    /// <summary>What judges finished pictures; null where nothing does.</summary>
    public PictureJudge? Judge { get; init; }

    /// <summary>What the strength of image to image is a share of.</summary>
    public StrengthMeaning Strength { get; init; }

    /// <summary>Whether it is told pictures in the place of words.</summary>
    public bool IsToldPictures => Conditioner is PictureConditioner;

    /// <summary>What can be made with it.</summary>
    public ImmutableArray<ImageTaskKind> Tasks => IsToldPictures ? [ImageTaskKind.ImageVariation]
        : Upscaling is not null ? [ImageTaskKind.Upscale]
        : InputChannels == Space.Channels ? [ImageTaskKind.TextToImage, ImageTaskKind.ImageToImage, ImageTaskKind.Inpaint]
        : InputChannels == 2 * Space.Channels ? [ImageTaskKind.InstructPix2Pix]
        : InputChannels == 2 * Space.Channels + 1 ? [ImageTaskKind.Inpaint] : [];

    /// <summary>The strength of image to image where a request is silent.</summary>
    public double ImageStrength { get; init; } = 0.8;

    /// <summary>The strength of inpainting where a request is silent.</summary>
    public double InpaintStrength { get; init; } = 1;

    /// <summary>The scale of the latents of a picture that is to be changed, of models that take instructions.</summary>
    public LatentScale ToldPictureScale { get; init; } = LatentScale.None;

    /// <summary>How it is told of the small picture, where it makes pictures larger.</summary>
    public Upscaling? Upscaling { get; init; }

    /// <summary>The size that the model can make nearest to a picture's, never larger.</summary>
    public ImageSize SizeFor(RawImage picture) => SideMultiple is { } multiple
        ? new(Math.Max(picture.Width / multiple, 1) * multiple, Math.Max(picture.Height / multiple, 1) * multiple) : Size;

    /// <summary>A size that the model can make.</summary>
    /// <exception cref="RequestException">It cannot make this one.</exception>
    public ImageSize CheckSize(ImageSize size)
    {
        if (SideMultiple is not { } multiple)
            return size == Size ? size : throw new RequestException($"this model makes pictures of {Size} only, not {size}.");
        return size.Width % multiple == 0 && size.Height % multiple == 0 ? size
            : throw new RequestException($"{size} does not fit this model: both sides must be multiples of {multiple} (it was trained at {Size}).");
    }

    /// <summary>The guidance of a scale, where the model guides in the usual way.</summary>
    /// <param name="scale">1 is none.</param>
    /// <param name="rescale">phi of rescaled guidance; 0 for none.</param>
    public ImageGuidance GuidanceOf(double scale, double rescale = 0) => GuidanceWaves is { } waves ? new ImageGuidance.Embedded(scale, waves)
        : scale == 1 || scale <= LeastGuidance ? new ImageGuidance.None()
        : new ImageGuidance.ClassifierFree(scale) { Rescale = rescale, From = Defaults.GuidanceFrom, To = Defaults.GuidanceTo };

    /// <inheritdoc/>
    public void Dispose()
    {
        Network.Dispose();
        Space.Dispose();
        Conditioner.Dispose();
        Judge?.Dispose();
    }
}

/// <summary>What the strength of image to image is a share of.</summary>
internal enum StrengthMeaning
{
    /// <summary>Of the schedule's steps: the others are left out.</summary>
    Steps,

    /// <summary>Of the teacher's steps that a distilled model's are picked from: as many steps are taken, closer together.</summary>
    TeacherSteps,
}
