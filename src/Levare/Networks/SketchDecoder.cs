using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Levare.Networks;

/// <summary>Draws a small picture from words, without noise: the limit of a denoiser at infinite noise, which is the mean of all pictures of a caption.</summary>
/// <remarks>
/// A denoiser spends most of its early training on learning just this. Here it has a path of its own that costs a hundredth of the U-Net, can be
/// trained first (see <see cref="SketchNetwork"/>) and is evaluated once a prompt. It paints up to two figures, each by a gated perceptron from what an
/// attention of its own gathers from the words, puts each at one of ten places (as a mixture: over the whole, or at half size at one of nine) and lays them over
/// a plain background. So what it learns of a thing holds at every place.
/// </remarks>
internal sealed class SketchDecoder : Module<EncodedWords, Tensor>
{
    /// <summary>The side of the sketch in pixels.</summary>
    public const int Side = 32;

    private const int Colours = 3, Figures = 2, Half = Side / 2, Stride = Half / 2, Lines = 3, Nowhere = 1;
    private readonly Linear keys;
    private readonly Linear queries;
    private readonly Linear places;
    private readonly Linear background;
    private readonly Linear enter;
    private readonly ModuleList<GatedLayer> layers;
    private readonly LayerNorm norm;
    private readonly Linear leave;
    private readonly Linear opacity;

    public SketchDecoder(string name, int width, int hidden, int depth)
        : base(name)
    {
        keys = ScaledLayers.Linear(width, width);
        queries = ScaledLayers.Linear(width, Figures * width);
        places = ScaledLayers.Linear(width, Figures * (Nowhere + 1 + Lines * Lines), gain: 0.1);
        background = ScaledLayers.Linear(width, Colours, gain: 0.1);
        enter = ScaledLayers.Linear(width, hidden);
        layers = ModuleList(Enumerable.Range(0, depth).Select(i => new GatedLayer($"layer{i}", hidden)).ToArray());
        norm = LayerNorm(hidden);
        leave = ScaledLayers.Linear(hidden, Colours * Side * Side, gain: 0.3);
        opacity = ScaledLayers.Linear(hidden, Side * Side, gain: 0.1);
        RegisterComponents();
    }

    /// <summary>Words to [batch, 3, 32, 32], in the data's standard deviations.</summary>
    public override Tensor forward(EncodedWords text)
    {
        (long batch, long width) = (text.Summary.shape[0], text.Summary.shape[1]);
        Tensor asked = queries.forward(text.Summary).view(batch, Figures, width);
        Tensor scores = bmm(asked, keys.forward(text.Words).transpose(1, 2)) / Math.Sqrt(width) + text.Bias;
        Tensor gathered = bmm(scores.softmax(-1), text.Words) * 1.5;
        Tensor share = places.forward(text.Summary).view(batch, Figures, -1).softmax(-1);
        Tensor picture = background.forward(text.Summary).view(batch, Colours, 1, 1).expand(batch, Colours, Side, Side);
        for (int i = 0; i < Figures; i++)
        {
            (Tensor colour, Tensor cover) = Layer(Paint(gathered.select(1, i)), share.select(1, i));
            picture = picture * (1 - cover) + colour;
        }
        return picture;
    }

    // [batch, 4, side, side]: colours times opacity, and opacity.
    private Tensor Paint(Tensor figure)
    {
        Tensor x = enter.forward(figure);
        foreach (GatedLayer layer in layers) x = layer.forward(x);
        x = norm.forward(x);
        Tensor cover = opacity.forward(x).view(-1, 1, Side, Side).sigmoid();
        return cat([leave.forward(x).view(-1, Colours, Side, Side) * cover, cover], 1);
    }

    private static (Tensor Colour, Tensor Cover) Layer(Tensor painted, Tensor share)
    {
        Tensor small = functional.avg_pool2d(painted, 2), laid = painted * Share(Nowhere);
        for (int line = 0; line < Lines; line++)
            for (int column = 0; column < Lines; column++)
            {
                (int left, int top) = (column * Stride, line * Stride);
                laid = laid + functional.pad(small * Share(Nowhere + 1 + line * Lines + column), [left, Half - left, top, Half - top]);
            }
        return (laid.narrow(1, 0, Colours), laid.narrow(1, Colours, 1));

        Tensor Share(int place) => share.narrow(1, place, 1).unsqueeze(-1).unsqueeze(-1);
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
