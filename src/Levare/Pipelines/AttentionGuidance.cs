using System.Collections.Immutable;
using Levare.Networks.Attention;
using Levare.Networks.UNet;
using Levare.Pipelines.Controls;
using Levare.Pipelines.Formats;

namespace Levare.Pipelines;

/// <summary>Guidance by what becomes of a picture when the network's attention is disturbed, beside guidance by words or alone. Immutable.</summary>
public abstract record AttentionGuidance
{
    private protected AttentionGuidance() { }

    /// <summary>This beside a run's guidance by words.</summary>
    /// <exception cref="RequestException">The model cannot be guided so, or a setting is out of its range.</exception>
    internal abstract ImageGuidance Beside(ImageGuidance words, ImageModelParts parts);

    /// <summary>What recipes say of it.</summary>
    internal abstract AttentionRecipe ToRecipe();
}

/// <summary>Perturbed-attention guidance (PAG, Ahn et al. 2024): away from what the model says when some layers of it see each pixel by itself.</summary>
/// <remarks>Works without a prompt, and without guidance by words (<see cref="ImageRequest.Guidance"/> 1). One evaluation more for each.</remarks>
public sealed record PerturbedAttention : AttentionGuidance
{
    /// <summary>How far to go; 0 is none.</summary>
    public double Scale { get; init; } = 3;

    /// <summary>By how much the scale falls for each timestep of training that is behind; at 0 it stays.</summary>
    public double Fall { get; init; }

    /// <summary>The self-attention layers that are disturbed, by patterns (regular expressions) of their keys: "mid" is the whole middle, "down_blocks.2" the third block on the way down.</summary>
    public ImmutableArray<string> Layers { get; init; } = ["mid"];

    /// <inheritdoc/>
    public bool Equals(PerturbedAttention? other) => other is not null && Scale == other.Scale && Fall == other.Fall && Layers.SequenceEqual(other.Layers);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Scale, Fall, Layers.Length);

    internal override AttentionRecipe ToRecipe() => new(nameof(PerturbedAttention), Scale) { Fall = Fall == 0 ? null : Fall, Layers = Layers };

    internal override ImageGuidance Beside(ImageGuidance words, ImageModelParts parts)
    {
        if (!(double.IsFinite(Scale) && Scale >= 0)) throw new RequestException($"the scale of perturbed attention is {Scale}: it is 0 or more.");
        if (!double.IsFinite(Fall)) throw new RequestException($"the fall of perturbed attention is {Fall}, where a finite number is needed.");
        if (Scale == 0) return words;
        return new ImageGuidance.Perturbed(words, Scale, Selection(RunSteering.Require(parts.Network))) { Fall = Fall, TrainTimesteps = parts.Scheduler.NumTrainTimesteps };
    }

    private AttentionSelection Selection(UNet2DCondition unet)
    {
        string[] layers = [.. unet.SelfAttentionLayers];
        foreach (string pattern in Layers)
            if (!Array.Exists(layers, new AttentionSelection(pattern).Has))
                throw new RequestException($"no self-attention layer of this model is named like '{pattern}'; there are: {string.Join(", ", layers)}.");
        return new(Layers.AsSpan());
    }
}

/// <summary>Self-attention guidance (SAG, Hong et al. 2023): away from what the model says when that is blurred which it attends to.</summary>
/// <remarks>One evaluation more for each step, after the others.</remarks>
public sealed record SelfAttention : AttentionGuidance
{
    /// <summary>How far to go; 0 is none.</summary>
    public double Scale { get; init; } = 0.75;

    internal override AttentionRecipe ToRecipe() => new(nameof(SelfAttention), Scale);

    internal override ImageGuidance Beside(ImageGuidance words, ImageModelParts parts)
    {
        if (!(double.IsFinite(Scale) && Scale >= 0)) throw new RequestException($"the scale of self-attention guidance is {Scale}: it is 0 or more.");
        if (Scale == 0) return words;
        if (!RunSteering.Require(parts.Network).SelfAttentionLayers.Contains(AttentionProbe.MiddleLayer, StringComparer.Ordinal))
            throw new RequestException($"this model's network has no {AttentionProbe.MiddleLayer}, by whose attention it would be guided.");
        return new ImageGuidance.SelfAttentive(words, Scale);
    }
}
