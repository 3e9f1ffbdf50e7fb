namespace Levare.Pipelines.Controls;

/// <summary>How a control's model is loaded.</summary>
public sealed record ControlModelOptions
{
    /// <summary>What recipes call it, OWNER/NAME of the hub say; its path when null.</summary>
    public string? Source { get; init; }

    /// <summary>Which of several files of weights is read, fp16 say; null for the plain one, or the only one.</summary>
    public string? Variant { get; init; }

    /// <summary>For IP-Adapters, the folder of CLIP's picture encoder; null for the folder image_encoder beside the adapter's file, or beside that file's folder.</summary>
    public string? ImageEncoder { get; init; }

    /// <summary>For IP-Adapters, the folder with preprocessor_config.json; null for CLIP's usual processing in the encoder's size.</summary>
    public string? FeatureExtractor { get; init; }
}
