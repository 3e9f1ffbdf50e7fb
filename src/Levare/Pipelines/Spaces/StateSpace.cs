using Levare.Data;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Pipelines.Spaces;

/// <summary>Where a model's states live, and how pictures get there and back: pixels themselves, or an autoencoder's latents. Thread-safe.</summary>
internal abstract class StateSpace : IDisposable
{
    /// <summary>The state's channels.</summary>
    public abstract int Channels { get; }

    /// <summary>The channels of pictures, 1 (grey) or 3 (RGB).</summary>
    public abstract int PictureChannels { get; }

    /// <summary>Pixels for each side of a state's element.</summary>
    public abstract int Factor { get; }

    /// <summary>The state of pictures; it is then the caller's.</summary>
    /// <param name="pixels">[batch, channels, height, width] in -1..1; sides are multiples of <see cref="Factor"/>.</param>
    /// <param name="noise">
    /// Is drawn from where encoding draws: once for each picture, or, where rows have sources of their own, once for each row, the pictures being repeated.
    /// </param>
    public abstract Tensor Encode(Tensor pixels, INoiseSource noise);

    /// <summary>The pictures of a state, [batch, channels, height, width] in the range of <see cref="Pictures"/>, not clamped; they are then the caller's.</summary>
    public abstract Tensor Decode(Tensor state);

    /// <summary>Decoded pixels as pictures.</summary>
    public abstract IReadOnlyList<RawImage> Pictures(Tensor pixels);

    /// <summary>What a state looks like, made cheaply and therefore perhaps small and coarse.</summary>
    public abstract IReadOnlyList<RawImage> Preview(Tensor state);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
