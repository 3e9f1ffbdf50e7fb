using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.Autoencoders;

/// <summary>What an encoder says of a picture's latents: independent normal distributions, or plain values.</summary>
/// <param name="Mean">[batch, channels, height, width].</param>
/// <param name="LogVariance">The same shape, within -30..20; null where the encoder is sure, as tiny autoencoders are.</param>
public sealed record LatentPosterior(Tensor Mean, Tensor? LogVariance) : IDisposable
{
    private const double LeastLogVariance = -30, LargestLogVariance = 20;

    /// <summary>The likeliest latents.</summary>
    public Tensor Mode => Mean;

    /// <summary>The distribution of an encoder's output: means, then logarithms of variances, in the channels. The tensors are new.</summary>
    /// <param name="moments">[batch, 2 channels, height, width].</param>
    /// <exception cref="ArgumentException">The channels are no even number.</exception>
    public static LatentPosterior OfMoments(Tensor moments)
    {
        if (moments.dim() != 4 || moments.shape[1] % 2 != 0)
            throw new ArgumentException($"Moments are [batch, 2 channels, height, width], not [{string.Join(", ", moments.shape)}].", nameof(moments));
        using var scope = NewDisposeScope();
        Tensor[] parts = moments.chunk(2, dim: 1);
        return new(parts[0].clone().MoveToOuterDisposeScope(), parts[1].clamp(LeastLogVariance, LargestLogVariance).MoveToOuterDisposeScope());
    }

    /// <summary>Latents drawn from the distribution; a new tensor.</summary>
    /// <param name="noise">Is asked for one draw of the mean's shape, or for none where there is no variance.</param>
    public Tensor Sample(INoiseSource noise)
    {
        if (LogVariance is null) return Mean.clone();
        using var scope = NewDisposeScope();
        Tensor draw = noise.Draw(Mean.shape).to(Mean.dtype, Mean.device);
        return (Mean + (LogVariance * 0.5).exp() * draw).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Mean.Dispose();
        LogVariance?.Dispose();
    }
}
