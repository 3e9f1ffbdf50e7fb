using System.Collections.Immutable;
using Levare.Weights;

namespace Levare.Adapters;

/// <summary>An adapter, and how strongly it changes a model. Immutable.</summary>
/// <param name="File">The adapter, which stays open until the adapted model is made.</param>
/// <param name="Weight">What its changes are multiplied with: 1 as it was trained, 0 not at all; larger and negative ones are allowed.</param>
public sealed record WeightedAdapter(AdapterFile File, double Weight = 1)
{
    /// <summary>Another weight for the text encoders; null takes <see cref="Weight"/>.</summary>
    public double? TextWeight { get; init; }

    /// <summary>Whether modules that find no weight in the model are an error.</summary>
    public Strictness Strictness { get; init; } = Strictness.Strict;

    /// <summary>The weight in a part of a model.</summary>
    internal double In(string part) => part == AdapterParts.UNet ? Weight : TextWeight ?? Weight;

    /// <summary>Its changes of a model's weights, each with its weight; those with a weight of 0 are left out.</summary>
    /// <exception cref="ArgumentException">A weight is not finite.</exception>
    /// <exception cref="InvalidDataException">The adapter does not fit the model.</exception>
    public ImmutableArray<(WeightChange Change, double Weight)> Changes(AdapterTargets targets)
    {
        if (!double.IsFinite(Weight) || TextWeight is { } text && !double.IsFinite(text))
            throw new ArgumentException($"{File.Path} has the weight {Weight}{(TextWeight is { } t ? $", {t} in text encoders" : "")}, where finite numbers are needed.");
        return [.. File.Match(targets, Strictness).Changes.Select(change => (change, In(change.Part))).Where(weighted => weighted.Item2 != 0)];
    }
}
