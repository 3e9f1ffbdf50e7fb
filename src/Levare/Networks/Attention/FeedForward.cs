using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Attention;

/// <summary>A linear layer whose first half of channels is gated by the GELU of the second (Shazeer 2020).</summary>
/// <remarks>Keys: <c>proj</c>. [..., input] -> [..., output].</remarks>
internal sealed class Geglu : nn.Module<Tensor, Tensor>
{
    private readonly Linear proj;

    /// <summary>A layer with fresh weights.</summary>
    public Geglu(int input, int output) : base(nameof(Geglu))
    {
        proj = Layers.Linear(input, 2 * output);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor[] valueAndGate = proj.call(x).chunk(2, dim: -1);
        return (valueAndGate[0] * nn.functional.gelu(valueAndGate[1])).MoveToOuterDisposeScope();
    }
}

/// <summary>What a transformer does to every token by itself: to four times the channels with <see cref="Geglu"/>, and back.</summary>
/// <remarks>Keys: <c>net.0.proj, net.2</c>. [..., channels] keeps its shape.</remarks>
internal sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    private const int Expansion = 4;
    private readonly ModuleList<nn.Module<Tensor, Tensor>> net;

    /// <summary>Layers with fresh weights.</summary>
    /// <param name="channels">Channels of a token.</param>
    /// <param name="dropout">The share of activations that is dropped while training.</param>
    public FeedForward(int channels, double dropout) : base(nameof(FeedForward))
    {
        net = [new Geglu(channels, Expansion * channels), nn.Dropout(dropout), Layers.Linear(Expansion * channels, channels)];
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        return net.Aggregate(tokens, (x, layer) => layer.call(x)).MoveToOuterDisposeScope();
    }
}
