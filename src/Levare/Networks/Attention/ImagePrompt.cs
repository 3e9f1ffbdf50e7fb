using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Attention;

/// <summary>A picture that cross-attention looks at beside the text, with attention of its own (IP-Adapter, Ye et al. 2023).</summary>
/// <param name="Tokens">[batch, tokens, width].</param>
/// <param name="Scale">How much its attention counts, [batch].</param>
/// <param name="Layers">Keys and values for each transformer block, by the block's key.</param>
internal sealed record ImagePrompt(Tensor Tokens, Tensor Scale, IReadOnlyDictionary<string, ImageKeysAndValues> Layers);

/// <summary>What one cross-attention layer sees of a picture's tokens.</summary>
/// <remarks>Keys: <c>to_k_ip, to_v_ip</c>. [batch, tokens, width] -> keys and values, [batch, tokens, channels].</remarks>
internal sealed class ImageKeysAndValues : nn.Module<Tensor, (Tensor Key, Tensor Value)>
{
    private readonly Linear to_k_ip;
    private readonly Linear to_v_ip;

    /// <summary>Layers with fresh weights.</summary>
    public ImageKeysAndValues(int width, int channels) : base(nameof(ImageKeysAndValues))
    {
        to_k_ip = Layers.Linear(width, channels, bias: false);
        to_v_ip = Layers.Linear(width, channels, bias: false);
        Channels = channels;
        RegisterComponents();
    }

    /// <summary>The channels of keys and values.</summary>
    public int Channels { get; }

    /// <inheritdoc/>
    public override (Tensor Key, Tensor Value) forward(Tensor tokens) => (to_k_ip.call(tokens), to_v_ip.call(tokens));
}
