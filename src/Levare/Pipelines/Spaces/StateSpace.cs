using Levare.Data;
using static TorchSharp.torch;

namespace Levare.Pipelines.Spaces;

/// <summary>Where a model's states live, and how pictures get there and back: pixels themselves, or an autoencoder's latents. Thread-safe.</summary>
internal abstract class StateSpace : IDisposable
{
    /// <summary>The state's channels.</summary>
    public abstract int Channels { get; }

    /// <summary>Pixels for each side of a state's element.</summary>
    public abstract int Factor { get; }

    /// <summary>The state of pictures; it is then the caller's.</summary>
    /// <param name="pixels">[batch, 3, height, width] in -1..1; sides are multiples of <see cref="Factor"/>.</param>
    /// <param name="draw">Gives standard normal noise of a shape where encoding draws. It may have more rows than one picture, which is then repeated.</param>
    public abstract Tensor Encode(Tensor pixels, Func<long[], Tensor> draw);

    /// <summary>The pictures of a state, [batch, channels, height, width] in the range of <see cref="Pictures"/>, not clamped; they are then the caller's.</summary>
    public abstract Tensor Decode(Tensor state);

    /// <summary>Decoded pixels as pictures.</summary>
    public abstract IReadOnlyList<RawImage> Pictures(Tensor pixels);

    /// <summary>What a state looks like, made cheaply and therefore perhaps small and coarse.</summary>
    public abstract IReadOnlyList<RawImage> Preview(Tensor state);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
