using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Levare.Networks;

/// <summary>Draws a small picture from the vector of a text, without noise: the limit of a denoiser at infinite noise, which is the mean of all pictures of a caption.</summary>
/// <remarks>
/// A denoiser spends most of its early training on learning just this. Here it has a path of its own, a gated perceptron, that costs a hundredth of
/// the U-Net, can be trained first (see <see cref="SketchNetwork"/>) and is evaluated once a prompt.
/// </remarks>
internal sealed class SketchDecoder : Module<Tensor, Tensor>
{
    /// <summary>The side of the sketch in pixels.</summary>
    public const int Side = 32;

    private const int Colours = 3;
    private readonly Linear enter;
    private readonly ModuleList<GatedLayer> layers;
    private readonly LayerNorm norm;
    private readonly Linear leave;

    public SketchDecoder(string name, int width, int hidden, int depth)
        : base(name)
    {
        enter = ScaledLayers.Linear(width, hidden);
        layers = ModuleList(Enumerable.Range(0, depth).Select(i => new GatedLayer($"layer{i}", hidden)).ToArray());
        norm = LayerNorm(hidden);
        leave = ScaledLayers.Linear(hidden, Colours * Side * Side, gain: 0.3);
        RegisterComponents();
    }

    /// <summary>[batch, width] to [batch, 3, 32, 32], in the data's standard deviations.</summary>
    public override Tensor forward(Tensor summary)
    {
        Tensor x = enter.forward(summary);
        foreach (GatedLayer layer in layers) x = layer.forward(x);
        return leave.forward(norm.forward(x)).view(-1, Colours, Side, Side);
    }
}

/// <summary>A residual gated linear unit (Shazeer 2020): products of features, as "blue" times "apple" wants them.</summary>
internal sealed class GatedLayer : Module<Tensor, Tensor>
{
    private readonly LayerNorm norm;
    private readonly Linear gate;
    private readonly Linear value;
    private readonly Linear proj;

    public GatedLayer(string name, int width)
        : base(name)
    {
        int inner = width * 4 / 3;
        norm = LayerNorm(width);
        gate = ScaledLayers.Linear(width, inner);
        value = ScaledLayers.Linear(width, inner);
        proj = ScaledLayers.Linear(inner, width, gain: 0.5);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        Tensor h = norm.forward(x);
        return x + proj.forward(functional.silu(gate.forward(h)) * value.forward(h));
    }
}
