using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.Autoencoders;

/// <summary>How an autoencoder's latents become the states that a diffusion model was trained on, of about unit variance, and back. Immutable.</summary>
public sealed record LatentScale
{
    /// <summary>Latents as they are.</summary>
    public static readonly LatentScale None = new();

    /// <summary>Latents are multiplied by it (Rombach et al. 2022, D.1).</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Subtracted first. Does not count where there is a <see cref="Mean"/>.</summary>
    public double Shift { get; init; }

    /// <summary>The mean of each channel, subtracted first; empty where none is known.</summary>
    public ImmutableArray<double> Mean { get; init; } = [];

    /// <summary>The standard deviation of each channel, divided by; as many as <see cref="Mean"/>.</summary>
    public ImmutableArray<double> Deviation { get; init; } = [];

    /// <summary>States of latents, [batch, channels, height, width]; a new tensor.</summary>
    public Tensor ToState(Tensor latents)
    {
        using var scope = NewDisposeScope();
        if (Mean.Length > 0) return ((latents - Channels(Mean, latents)) * Factor / Channels(Deviation, latents)).MoveToOuterDisposeScope();
        return ((Shift == 0 ? latents : latents - Shift) * Factor).MoveToOuterDisposeScope();
    }

    /// <summary>Latents of states: the inverse of <see cref="ToState"/>; a new tensor.</summary>
    public Tensor ToLatents(Tensor states)
    {
        using var scope = NewDisposeScope();
        if (Mean.Length > 0) return (states * Channels(Deviation, states) / Factor + Channels(Mean, states)).MoveToOuterDisposeScope();
        Tensor latents = states / Factor;
        return (Shift == 0 ? latents : latents + Shift).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public bool Equals(LatentScale? other) =>
        other is not null && Factor == other.Factor && Shift == other.Shift && Mean.SequenceEqual(other.Mean) && Deviation.SequenceEqual(other.Deviation);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Factor, Shift, Mean.Length);

    private static Tensor Channels(ImmutableArray<double> values, Tensor like) =>
        tensor(values.ToArray(), [1, values.Length, 1, 1], ScalarType.Float64, like.device).to(like.dtype);
}
