using System.Collections.Immutable;
using Levare.Adapters;
using Levare.Conditioning.Clip;
using Levare.Conditioning.Prompts;
using Levare.Denoisers;
using Levare.Networks.UNet;

namespace Levare.Pipelines.Formats;

/// <summary>A model's parts with adapters: its U-Net and text encoders where adapters touch them, all others as they are.</summary>
/// <param name="Parts">The parts, most of them the model's own.</param>
/// <param name="Made">What was made for them, and is theirs to dispose.</param>
internal sealed record AdaptedParts(ImageModelParts Parts, ImmutableArray<IDisposable> Made) : IDisposable
{
    private const string UNetPart = "unet";

    /// <summary>Makes the parts of a model with adapters. Nothing is written to the model's own.</summary>
    /// <exception cref="NotSupportedException">Adapters cannot change such a model.</exception>
    /// <exception cref="InvalidDataException">An adapter does not fit the model, or its values are not finite.</exception>
    public static AdaptedParts Of(ImageModelParts parts, IEnumerable<WeightedAdapter> adapters)
    {
        AdapterTargets targets = Targets(parts);
        ILookup<string, (WeightChange Change, double Weight)> changes = adapters.SelectMany(adapter => adapter.Changes(targets)).ToLookup(weighted => weighted.Change.Part, StringComparer.Ordinal);
        List<IDisposable> made = [];
        try
        {
            using IDisposable? used = parts.Memory?.UseAdaptable();
            ImageModelParts adapted = parts with { Network = Adapted(parts.Network, changes[UNetPart], made) };
            // Weights that were merged cannot be loaded again.
            if (!ReferenceEquals(adapted.Network, parts.Network)) adapted = adapted with { Memory = parts.Memory is { } memory ? memory with { Network = [] } : null };
            if (parts.Conditioner.Encoder is { } encoder)
                adapted = adapted with { Conditioner = parts.Conditioner.With(encoder.With([.. encoder.Encoders.Select(one => Adapted(one, changes[one.Part], made))])) };
            return new(adapted, [.. made]);
        }
        catch
        {
            foreach (IDisposable one in made) one.Dispose();
            throw;
        }
    }

    /// <summary>The weights of a model that adapters can change.</summary>
    /// <exception cref="NotSupportedException">It has no such weights.</exception>
    public static AdapterTargets Targets(ImageModelParts parts) =>
        (parts.Conditioner.Encoder?.Encoders ?? []).Aggregate(AdapterTargets.None.With(UNetPart, UNet(parts.Network)), (targets, one) => targets.With(one.Part, one.Model));

    /// <summary>Makes the parts of a model with more words. Nothing is written to the model's own.</summary>
    /// <exception cref="NotSupportedException">The model has no text encoders of Stable Diffusion.</exception>
    /// <exception cref="ArgumentException">A word is for another kind of model, or there already.</exception>
    public static AdaptedParts Of(ImageModelParts parts, IEnumerable<TextualInversion> inversions)
    {
        PromptEncoder encoder = parts.Conditioner.Encoder ?? throw new NotSupportedException("words are added to text encoders of Stable Diffusion, and this model has none.");
        PromptEncoder adapted = encoder.With(inversions);
        return new(parts with { Conditioner = parts.Conditioner.With(adapted) }, [adapted]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable one in Made) one.Dispose();
    }

    private static UNet2DCondition UNet(DenoisingNetwork network) => INetworkWrapper.UNetOf(network)
        ?? throw new NotSupportedException($"adapters change U-Nets of Stable Diffusion, and this model has a {network.GetName()}.");

    private static DenoisingNetwork Adapted(DenoisingNetwork network, IEnumerable<(WeightChange Change, double Weight)> changes, List<IDisposable> made)
    {
        if (!changes.Any()) return network;
        DenoisingNetwork adapted = INetworkWrapper.Replace(network, AdaptedNetwork.Of(UNet(network), changes));
        made.Add(adapted);
        return adapted;
    }

    private static TextEncoder Adapted(TextEncoder encoder, IEnumerable<(WeightChange Change, double Weight)> changes, List<IDisposable> made)
    {
        if (!changes.Any()) return encoder;
        TextEncoder adapted = encoder with { Model = AdaptedNetwork.Of(encoder.Model, changes) };
        made.Add(adapted.Model);
        return adapted;
    }
}
