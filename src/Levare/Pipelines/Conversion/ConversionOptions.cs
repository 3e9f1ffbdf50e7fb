using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>How a model is converted. Immutable.</summary>
public sealed record ConversionOptions
{
    /// <summary>The element type of floating-point weights; as they are when null.</summary>
    public ScalarType? Type { get; init; }

    /// <summary>The variant (fp16, ...) of a folder that is read; the plain one, or the only one, when null.</summary>
    public string? SourceVariant { get; init; }

    /// <summary>The variant that the files of a folder are named for; plain names when null.</summary>
    public string? TargetVariant { get; init; }

    /// <summary>The largest number of bytes of a file of weights in a folder.</summary>
    public long LargestShard { get; init; } = 10_000_000_000;

    /// <summary>A model folder whose configurations hold for a single file; those of the published models when null.</summary>
    public string? Configuration { get; init; }

    /// <summary>Whether weights that are not finite are converted rather than an error.</summary>
    public bool AllowNotFinite { get; init; }
}
