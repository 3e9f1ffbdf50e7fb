using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.Autoencoders;

/// <summary>An autoencoder that is given tiles of pictures, one by one.</summary>
/// <param name="inner">The autoencoder; it stays the caller's.</param>
/// <param name="tiling">How pictures are cut and put together.</param>
public sealed class TiledCodec(ILatentCodec inner, Tiling tiling) : ILatentCodec
{
    /// <summary>An autoencoder with the tiles of diffusers' <c>enable_tiling</c>.</summary>
    public TiledCodec(Autoencoder autoencoder) : this(autoencoder, Tiling.Of(autoencoder))
    {
    }

    /// <inheritdoc/>
    public int Factor => inner.Factor;

    /// <inheritdoc/>
    public int LatentChannels => inner.LatentChannels;

    /// <inheritdoc/>
    public LatentScale Scale => inner.Scale;

    /// <inheritdoc/>
    public LatentPosterior Encode(Tensor pixels) => !tiling.Cuts(pixels, tiling.PixelSize)
        ? inner.Encode(pixels)
        : LatentPosterior.OfJoined(tiling.Apply(pixels, tile => inner.Encode(tile).Joined(), tiling.PixelSize, tiling.LatentSize), inner.LatentChannels);

    /// <inheritdoc/>
    public Tensor Decode(Tensor latents) => tiling.Cuts(latents, tiling.LatentSize)
        ? tiling.Apply(latents, inner.Decode, tiling.LatentSize, tiling.PixelSize)
        : inner.Decode(latents);
}
