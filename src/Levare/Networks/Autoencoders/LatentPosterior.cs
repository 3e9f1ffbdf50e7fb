using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.Autoencoders;

/// <summary>What an encoder says of a picture's latents: independent normal distributions, or plain values.</summary>
/// <param name="Mean">[batch, channels, height, width].</param>
/// <param name="LogVariance">The same shape, as the encoder gave it: what counts of it lies within -30..20. Null where the encoder is sure, as tiny autoencoders are.</param>
public sealed record LatentPosterior(Tensor Mean, Tensor? LogVariance) : IDisposable
{
    private const double LeastLogVariance = -30, LargestLogVariance = 20;

    /// <summary>The likeliest latents.</summary>
    public Tensor Mode => Mean;

    /// <summary>The standard deviation of each latent, 0 where there is no variance; a new tensor.</summary>
    public Tensor Deviation()
    {
        using var scope = NewDisposeScope();
        return (LogVariance is null ? zeros_like(Mean) : (LogVariance.clamp(LeastLogVariance, LargestLogVariance) * 0.5).exp()).MoveToOuterDisposeScope();
    }

    /// <summary>Latents drawn from the distribution; a new tensor.</summary>
    /// <param name="noise">Is asked for one draw of the mean's shape, or for none where there is no variance.</param>
    public Tensor Sample(INoiseSource noise)
    {
        if (LogVariance is null) return Mean.clone();
        using var scope = NewDisposeScope();
        Tensor draw = noise.Draw(Mean.shape).to(Mean.dtype, Mean.device);
        return (Mean + Deviation() * draw).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Mean.Dispose();
        LogVariance?.Dispose();
    }

    /// <summary>A posterior of one tensor, which goes over: [batch, 2 x channels, ...] holds means, then logarithms of variances; [batch, channels, ...] means alone.</summary>
    /// <param name="joined">The tensor.</param>
    /// <param name="channels">Channels of a latent.</param>
    internal static LatentPosterior OfJoined(Tensor joined, int channels)
    {
        if (joined.shape[1] == channels) return new(joined, null);
        using var scope = NewDisposeScope();
        Tensor mean = joined.narrow(1, 0, channels).clone(), logVariance = joined.narrow(1, channels, channels).clone();
        joined.Dispose();
        return new(mean.MoveToOuterDisposeScope(), logVariance.MoveToOuterDisposeScope());
    }

    /// <summary>The inverse of <see cref="OfJoined"/>; this posterior goes over too.</summary>
    internal Tensor Joined()
    {
        if (LogVariance is null) return Mean;
        Tensor joined = cat([Mean, LogVariance], 1);
        Dispose();
        return joined;
    }
}
