using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Networks.Attention;

/// <summary>What all transformers of a network are told in one forward pass. It owns nothing.</summary>
/// <param name="Text">What cross-attention looks at, [batch, tokens, width].</param>
internal sealed record AttentionContext(Tensor Text)
{
    /// <summary>Pictures that cross-attention looks at beside the text.</summary>
    public ImmutableArray<ImagePrompt> Images { get; init; } = [];

    /// <summary>Self-attention layers that look at each token's own value alone.</summary>
    public AttentionSelection? Identity { get; init; }

    /// <summary>Keeps the weights of one self-attention layer.</summary>
    public AttentionProbe? Probe { get; init; }
}
