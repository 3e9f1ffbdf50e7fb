using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.Autoencoders;

/// <summary>An autoencoder that is given the pictures of a batch a few at a time: less memory, and the same results.</summary>
/// <param name="inner">The autoencoder; it stays the caller's.</param>
/// <param name="rows">Pictures at a time, 1 or more.</param>
public sealed class SlicedCodec(ILatentCodec inner, int rows = 1) : ILatentCodec
{
    private readonly int _rows = rows >= 1 ? rows : throw new ArgumentOutOfRangeException(nameof(rows), rows, "At least one picture goes through at a time.");

    /// <inheritdoc/>
    public int Factor => inner.Factor;

    /// <inheritdoc/>
    public int LatentChannels => inner.LatentChannels;

    /// <inheritdoc/>
    public LatentScale Scale => inner.Scale;

    /// <inheritdoc/>
    public LatentPosterior Encode(Tensor pixels) => LatentPosterior.OfJoined(Slices(pixels, slice => inner.Encode(slice).Joined()), inner.LatentChannels);

    /// <inheritdoc/>
    public Tensor Decode(Tensor latents) => Slices(latents, inner.Decode);

    private Tensor Slices(Tensor input, Func<Tensor, Tensor> network)
    {
        using var scope = NewDisposeScope();
        return cat([.. input.split(_rows).Select(network)], 0).MoveToOuterDisposeScope();
    }
}
