using System.Collections.Immutable;
using Levare.Data;
using Levare.Networks.Autoencoders;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Codecs;

/// <summary>Shows what latents will decode to, at a small part of the cost. Immutable and thread-safe.</summary>
public abstract class LatentPreview
{
    /// <summary>The preview of a codec's latent space: colours where the space is a known one, light and shade elsewhere.</summary>
    public static LatentPreview Of(ILatentCodec codec) => LinearLatentPreview.Find(codec) ?? (LatentPreview)new GreyLatentPreview();

    /// <summary>The pictures of states.</summary>
    /// <param name="states">[batch, channels, height, width], as the diffusion model has them: scaled.</param>
    public abstract IReadOnlyList<RawImage> Pictures(Tensor states);

    private protected static IReadOnlyList<RawImage> Split(Tensor pixels) => [.. pixels.unbind().Select(single => PixelCodec.Decode(single))];
}

/// <summary>Red, green and blue as sums of a state's channels: one pixel for a latent.</summary>
/// <remarks>
/// The factors of published latent spaces are linear regressions of decoded pixels, averaged over the area of a latent, on the latents; they were published by users
/// of the models (first in the Hugging Face forum, "Decoding latents to RGB without upscaling", 2022) and are in common use.
/// </remarks>
public sealed class LinearLatentPreview : LatentPreview
{
    private readonly float[] _factors;
    private readonly float[] _offsets;

    /// <summary>A preview by factors of one's own.</summary>
    /// <param name="factors">For each channel of a state what it adds to red, green and blue, in -1..1.</param>
    /// <param name="offsets">The colour of a state of zeros.</param>
    public LinearLatentPreview(ImmutableArray<(float Red, float Green, float Blue)> factors, (float Red, float Green, float Blue) offsets = default)
    {
        if (factors.IsDefaultOrEmpty) throw new ArgumentException("A preview needs the factors of one channel or more.", nameof(factors));
        _factors = [.. factors.SelectMany(channel => new[] { channel.Red, channel.Green, channel.Blue })];
        _offsets = [offsets.Red, offsets.Green, offsets.Blue];
    }

    /// <summary>The space of Stable Diffusion 1 and 2: 4 channels, scaled by 0.18215.</summary>
    public static LinearLatentPreview StableDiffusion { get; } =
        new([(0.298f, 0.207f, 0.208f), (0.187f, 0.286f, 0.173f), (-0.158f, 0.189f, 0.264f), (-0.184f, -0.271f, -0.473f)]);

    /// <summary>The space of Stable Diffusion XL: 4 channels, scaled by 0.13025.</summary>
    public static LinearLatentPreview StableDiffusionXl { get; } =
        new([(0.3651f, 0.4232f, 0.4341f), (-0.2533f, -0.0042f, 0.1068f), (0.1076f, 0.1111f, -0.0362f), (-0.3165f, -0.2492f, -0.2188f)], (0.1084f, -0.0175f, -0.0011f));

    /// <summary>The space of Stable Diffusion's upscaler: 4 channels, scaled by 0.08333.</summary>
    public static LinearLatentPreview Upscaler { get; } =
        new([(-0.234f, -0.3863f, -0.3257f), (0.0994f, 0.0885f, -0.0908f), (-0.2833f, -0.2349f, -0.3741f), (0.2523f, -0.0055f, -0.1651f)]);

    /// <summary>The preview of a codec whose latent space is a published one, which channels and scale tell; null elsewhere.</summary>
    public static LinearLatentPreview? Find(ILatentCodec codec) => (codec.LatentChannels, codec.Scale.Factor) switch
    {
        (4, 0.18215) => StableDiffusion,
        (4, 0.13025) => StableDiffusionXl,
        (4, 0.08333) => Upscaler,
        _ => null,
    };

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The states have another number of channels.</exception>
    public override IReadOnlyList<RawImage> Pictures(Tensor states)
    {
        int channels = _factors.Length / 3;
        if (states.dim() != 4 || states.shape[1] != channels)
            throw new ArgumentException($"States are [batch, {channels}, height, width], not [{string.Join(", ", states.shape)}].", nameof(states));
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor factors = tensor(_factors).view(channels, 3), offsets = tensor(_offsets).view(1, 3, 1, 1);
        return Split(einsum("bchw,cr->brhw", states.detach().cpu().to(ScalarType.Float32), factors) + offsets);
    }
}

/// <summary>The mean of a state's channels as grey: light and shade, of any latent space.</summary>
public sealed class GreyLatentPreview : LatentPreview
{
    /// <inheritdoc/>
    public override IReadOnlyList<RawImage> Pictures(Tensor states)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor grey = states.detach().to(ScalarType.Float32).mean([1], keepdim: true);
        return Split(grey / grey.abs().amax([1, 2, 3], keepdim: true).clamp_min(1));
    }
}

/// <summary>The picture that a tiny autoencoder of the same latent space decodes, in full size.</summary>
/// <param name="decoder">The autoencoder; it stays the caller's.</param>
public sealed class TinyLatentPreview(AutoencoderTiny decoder) : LatentPreview
{
    /// <inheritdoc/>
    public override IReadOnlyList<RawImage> Pictures(Tensor states)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        return Split(decoder.Decode(decoder.Scale.ToLatents(states)));
    }
}
