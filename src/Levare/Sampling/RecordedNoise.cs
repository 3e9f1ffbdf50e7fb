using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Sampling;

/// <summary>Gives stored draws in their order, to make a run again that another program made.</summary>
/// <remarks>The draws stay the caller's, who gets copies of them. One per run; not thread-safe.</remarks>
/// <param name="draws">The draws.</param>
public sealed class RecordedNoise(IReadOnlyList<Tensor> draws) : INoiseSource
{
    /// <summary>How many draws were given out.</summary>
    public int Used { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The draws are used up, or the next one has another shape.</exception>
    public Tensor Draw(params long[] shape)
    {
        if (Used == draws.Count) throw new InvalidOperationException($"All {draws.Count} recorded draws are used; one more of [{string.Join(", ", shape)}] is asked for.");
        Tensor next = draws[Used];
        if (!next.shape.AsSpan().SequenceEqual(shape))
            throw new InvalidOperationException($"Recorded draw {Used} is [{string.Join(", ", next.shape)}]; [{string.Join(", ", shape)}] is asked for.");
        Used++;
        return next.clone();
    }
}
