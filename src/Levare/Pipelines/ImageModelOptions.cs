using Levare.Runtime;

namespace Levare.Pipelines;

/// <summary>Where and how a model computes.</summary>
public sealed record ImageModelOptions
{
    /// <summary>A name that <see cref="ComputeDevice.Parse"/> knows.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>A name that <see cref="ComputeDevice.ParseType"/> knows; null for what the model prefers.</summary>
    public string? Dtype { get; init; }

    /// <summary>Which of several files of weights is read, "fp16" say; null for the plain one, or the only one.</summary>
    public string? Variant { get; init; }
}
