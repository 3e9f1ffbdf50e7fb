using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.Autoencoders;

/// <summary>Pictures as latents and back: an <see cref="Autoencoder"/>, or a way of using one.</summary>
/// <remarks>Immutable after loading and thread-safe for inference. Gradients are recorded unless the caller turns that off (<see cref="torch.no_grad"/>).</remarks>
public interface ILatentCodec
{
    /// <summary>Pixels per latent, along a side.</summary>
    int Factor { get; }

    /// <summary>Channels of a latent.</summary>
    int LatentChannels { get; }

    /// <summary>How latents become the states of a diffusion model. Neither <see cref="Encode"/> nor <see cref="Decode"/> applies it.</summary>
    LatentScale Scale { get; }

    /// <summary>The latents of pictures.</summary>
    /// <param name="pixels">[batch, channels, height, width] in -1..1, any float type.</param>
    /// <returns>A distribution of [batch, <see cref="LatentChannels"/>, height / <see cref="Factor"/>, width / <see cref="Factor"/>]; its tensors are the caller's.</returns>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    LatentPosterior Encode(Tensor pixels);

    /// <summary>The pictures of latents.</summary>
    /// <param name="latents">[batch, <see cref="LatentChannels"/>, height, width], any float type.</param>
    /// <returns>[batch, channels, height x <see cref="Factor"/>, width x <see cref="Factor"/>], around -1..1 and not clamped; it is the caller's.</returns>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    Tensor Decode(Tensor latents);
}
