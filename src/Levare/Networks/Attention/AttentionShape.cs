namespace Levare.Networks.Attention;

/// <summary>What the attention layers of a transformer have in common. Immutable.</summary>
internal sealed record AttentionShape
{
    /// <summary>The number of heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Channels of a head.</summary>
    public required int HeadChannels { get; init; }

    /// <summary>Channels of what cross-attention looks at.</summary>
    public required int ContextChannels { get; init; }

    /// <summary>Whether the first attention of a block looks at the context too, instead of at its own tokens.</summary>
    public bool OnlyCrossAttention { get; init; }

    /// <summary>Whether scores are computed in float32 whatever the network runs in.</summary>
    public bool Upcast { get; init; }

    /// <summary>The share of activations that is dropped while training, 0..1.</summary>
    public double Dropout { get; init; }

    /// <summary>Channels of the tokens.</summary>
    public int Channels => Heads * HeadChannels;
}
