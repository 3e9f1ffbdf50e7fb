using System.Collections.Immutable;
using Levare.Compatibility;
using Levare.Denoisers;
using Levare.Pipelines.Prompts;
using Levare.Pipelines.Spaces;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Pipelines.Formats;

/// <summary>Opens the model folders of some pipeline classes.</summary>
internal interface IImageModelFormat
{
    /// <summary>The classes, as model_index.json names them.</summary>
    ImmutableArray<string> ClassNames { get; }

    /// <summary>Loads the parts of a folder.</summary>
    /// <param name="model">The folder.</param>
    /// <param name="device">Where the network is to be.</param>
    /// <param name="type">What the network is to compute in; null for what the model prefers.</param>
    ImageModelParts Open(ModelFolder model, Device device, ScalarType? type);
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
    public ImageGuidance GuidanceOf(double scale, double rescale = 0) => scale == 1 || scale <= LeastGuidance ? new ImageGuidance.None()
        : new ImageGuidance.ClassifierFree(scale) { Rescale = rescale, From = Defaults.GuidanceFrom, To = Defaults.GuidanceTo };

    /// <inheritdoc/>
    public void Dispose()
    {
        Network.Dispose();
        Space.Dispose();
        Conditioner.Dispose();
    }
}
