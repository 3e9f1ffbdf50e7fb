using static TorchSharp.torch;

namespace Levare.Networks.Autoencoders;

/// <summary>A codec whose latents are scaled otherwise than its configuration says. It owns the codec where that can be disposed.</summary>
/// <param name="inner">The codec.</param>
/// <param name="scale">How its latents become states.</param>
internal sealed class ScaledCodec(ILatentCodec inner, LatentScale scale) : ILatentCodec, IDisposable
{
    public int Factor => inner.Factor;

    public int LatentChannels => inner.LatentChannels;

    public LatentScale Scale => scale;

    public LatentPosterior Encode(Tensor pixels) => inner.Encode(pixels);

    public Tensor Decode(Tensor latents) => inner.Decode(latents);

    public void Dispose() => (inner as IDisposable)?.Dispose();
}
