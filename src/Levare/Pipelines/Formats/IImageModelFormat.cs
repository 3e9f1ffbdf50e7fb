using System.Collections.Immutable;
using Levare.Codecs;
using Levare.Compatibility;
using Levare.Conditioning;
using Levare.Denoisers;
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
    public required IPromptConditioner Conditioner { get; init; }

    /// <summary>What the model does where a request is silent.</summary>
    public required ImageDefaults Defaults { get; init; }

    /// <summary>The values that pixels have in a state.</summary>
    public PixelRange Range { get; init; } = PixelRange.Signed;

    /// <summary>The state's channels.</summary>
    public required int Channels { get; init; }

    /// <summary>The size that the model was trained for.</summary>
    public required ImageSize Size { get; init; }

    /// <summary>Sides must be multiples of it; null where only <see cref="Size"/> will do.</summary>
    public int? SideMultiple { get; init; }

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();
}
