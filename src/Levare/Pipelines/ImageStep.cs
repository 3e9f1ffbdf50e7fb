using Levare.Data;

namespace Levare.Pipelines;

/// <summary>One step on the way to a picture. It holds no tensors and may be kept.</summary>
/// <param name="Index">The step's index, from 0.</param>
/// <param name="Count">The number of steps.</param>
/// <param name="Noisy">The state after the step as a picture.</param>
/// <param name="Preview">What the model takes the finished picture to be.</param>
/// <param name="Result">The finished picture, at the last step.</param>
public sealed record ImageStep(int Index, int Count, RawImage Noisy, RawImage Preview, ImageResult? Result);
