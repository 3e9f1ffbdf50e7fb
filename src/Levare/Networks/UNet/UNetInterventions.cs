using System.Collections.Immutable;
using Levare.Networks.Attention;

namespace Levare.Networks.UNet;

/// <summary>What is done to the inside of a <see cref="UNet2DCondition"/> in one evaluation. The network itself stays as it is. Immutable.</summary>
public sealed record UNetInterventions
{
    /// <summary>Nothing.</summary>
    public static readonly UNetInterventions None = new();

    /// <summary>Another balance of features and skips; null for the network's.</summary>
    public FreeU? FreeU { get; init; }

    /// <summary>Self-attention layers in which each pixel sees itself alone, for perturbed-attention guidance (Ahn et al. 2024); null for none.</summary>
    public AttentionSelection? IdentityAttention { get; init; }

    /// <summary>Keeps the weights of a self-attention layer, for self-attention guidance (Hong et al. 2023); null keeps none. A probe is for one evaluation.</summary>
    public AttentionProbe? Probe { get; init; }

    /// <summary>What ControlNets add; null for nothing.</summary>
    internal UNetResiduals? Residuals { get; init; }

    /// <summary>Pictures that cross-attention looks at beside the text.</summary>
    internal ImmutableArray<ImagePrompt> Images { get; init; } = [];
}
