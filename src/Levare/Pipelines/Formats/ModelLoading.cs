using Levare.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines.Formats;

/// <summary>How the parts of a model are to be loaded.</summary>
/// <param name="Device">Where the networks are to be.</param>
/// <param name="Type">What they are to compute in; null for what the model prefers.</param>
/// <param name="Variant">Which of several files of weights is read, fp16 say; null for the plain one, or the only one.</param>
/// <param name="MaxMemory">How much memory it may take; null for any.</param>
internal sealed record ModelLoading(Device Device, ScalarType? Type = null, string? Variant = null, MemorySize? MaxMemory = null);
