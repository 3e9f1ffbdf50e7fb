using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.Autoencoders;

/// <summary>A network pair between pictures and latents, whose field names are a checkpoint's keys.</summary>
public abstract class Autoencoder(string name) : nn.Module(name), ILatentCodec
{
    /// <inheritdoc/>
    public abstract int Factor { get; }

    /// <inheritdoc/>
    public abstract int LatentChannels { get; }

    /// <inheritdoc/>
    public abstract LatentScale Scale { get; }

    /// <summary>States are latents times this, after the shift.</summary>
    public double ScalingFactor => Scale.Factor;

    /// <summary>Subtracted from latents before they are scaled.</summary>
    public double ShiftFactor => Scale.Shift;

    /// <summary>Whether half precision overflows in it, so that it is to run in float32.</summary>
    public abstract bool NeedsFloat32 { get; }

    /// <summary>Channels of the pictures that go in.</summary>
    protected abstract int PixelChannels { get; }

    /// <summary>Loads an autoencoder of the class that its configuration names: float32, on the CPU, ready for inference.</summary>
    /// <param name="component">The folder, such as a model's vae/.</param>
    /// <param name="variant">fp16, say; null for the plain weights.</param>
    /// <param name="strictness">Whether settings and keys that are not known are errors.</param>
    /// <exception cref="NotSupportedException">It is of another class; the message lists those that are known.</exception>
    /// <exception cref="InvalidDataException">The folder does not hold such a network; the message says what does not fit.</exception>
    public static Autoencoder Load(ModelComponent component, string? variant = null, Strictness strictness = Strictness.Strict) => component.ClassName switch
    {
        AutoencoderKlConfigJson.ClassName => AutoencoderKl.Load(component, variant, strictness),
        AutoencoderTinyConfigJson.ClassName => AutoencoderTiny.Load(component, variant, strictness),
        string other => throw new NotSupportedException($"{component.ConfigPath}: '{other}' is no known autoencoder; known are {AutoencoderKlConfigJson.ClassName}, {AutoencoderTinyConfigJson.ClassName}."),
        null => throw new NotSupportedException($"{component.ConfigPath} names no class of autoencoder (_class_name)."),
    };

    /// <inheritdoc/>
    public LatentPosterior Encode(Tensor pixels)
    {
        Check(pixels, PixelChannels, "pictures");
        using var scope = NewDisposeScope();
        LatentPosterior posterior = EncodePixels(pixels.to(WeightType));
        return posterior with { Mean = posterior.Mean.MoveToOuterDisposeScope(), LogVariance = posterior.LogVariance?.MoveToOuterDisposeScope() };
    }

    /// <inheritdoc/>
    public Tensor Decode(Tensor latents)
    {
        Check(latents, LatentChannels, "latents");
        using var scope = NewDisposeScope();
        return DecodeLatents(latents.to(WeightType)).MoveToOuterDisposeScope();
    }

    /// <summary>Writes config.json and weights in diffusers' layout.</summary>
    /// <param name="folder">The folder, such as a model's vae/.</param>
    public abstract void Save(string folder);

    /// <summary><see cref="Encode"/> of a checked input in the weights' type, within a scope.</summary>
    protected abstract LatentPosterior EncodePixels(Tensor pixels);

    /// <summary><see cref="Decode"/> of a checked input in the weights' type, within a scope.</summary>
    protected abstract Tensor DecodeLatents(Tensor latents);

    private ScalarType WeightType => parameters().First().dtype;

    private static void Check(Tensor input, int channels, string what)
    {
        if (input.dim() != 4 || input.shape[1] != channels)
            throw new ArgumentException($"The autoencoder's {what} are [batch, {channels}, height, width], not [{string.Join(", ", input.shape)}].", nameof(input));
    }
}
