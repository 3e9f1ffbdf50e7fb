using System.Collections.Immutable;

namespace Levare.Adapters;

/// <summary>The change of one layer of a network in an adapter's file. Immutable.</summary>
public sealed class AdapterModule
{
    internal AdapterModule(string name, AdapterKind kind, long? rank, double? alpha, WeightDelta? weight, WeightDelta? bias)
    {
        Name = name;
        Kind = kind;
        Rank = rank;
        Alpha = alpha;
        Weight = weight;
        Bias = bias;
    }

    /// <summary>The layer, as the file calls it.</summary>
    public string Name { get; }

    /// <summary>The part of a model that the name tells (unet, text_encoder, text_encoder_2), or null where it tells none.</summary>
    public string? Part => AdapterName.Parse(Name).Part;

    /// <summary>How the change is told.</summary>
    public AdapterKind Kind { get; }

    /// <summary>The rank of its factors; null where nothing in it is of low rank.</summary>
    public long? Rank { get; }

    /// <summary>What the change is scaled with before the division by the rank; null where the file does not say, which means the rank itself.</summary>
    public double? Alpha { get; }

    /// <summary>The shape in which the file tells the change of the layer's weight; empty where there is none.</summary>
    public ImmutableArray<long> Shape => Weight?.Shape ?? [];

    /// <summary>The change of the layer's weight.</summary>
    internal WeightDelta? Weight { get; }

    /// <summary>The change of the layer's bias.</summary>
    internal WeightDelta? Bias { get; }
}
