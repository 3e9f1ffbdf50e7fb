using Levare.Networks.Attention;
using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Levare.Networks;

/// <summary>What a text encoder gives: one vector a word, which of them count, and one vector for the whole text.</summary>
/// <param name="Words">[batch, length + 1, width]; the first is the summary's and always counts.</param>
/// <param name="Bias">[batch, 1, length + 1], added to attention scores: 0 where a word is, very low where none is.</param>
/// <param name="Summary">[batch, width].</param>
internal readonly record struct EncodedWords(Tensor Words, Tensor Bias, Tensor Summary);

/// <summary>A small transformer over the numbers of words; it is trained with the network that it serves.</summary>
internal sealed class WordEncoder : Module<Tensor, EncodedWords>
{
    private const float Never = -1e4f;
    private readonly EmbeddingTable words;
    private readonly Parameter positions;
    private readonly Parameter summary;
    private readonly ModuleList<WordLayer> layers;
    private readonly LayerNorm norm;

    public WordEncoder(string name, int count, int length, int width, int depth)
        : base(name)
    {
        using var noGradient = no_grad();
        words = Layers.Embedding(count, width);
        positions = new Parameter(randn(length, width) * 0.1);
        summary = new Parameter(randn(width) * 0.5);
        layers = ModuleList(Enumerable.Range(0, depth).Select(i => new WordLayer($"layer{i}", width)).ToArray());
        norm = LayerNorm(width);
        RegisterComponents();
    }

    public override EncodedWords forward(Tensor numbers)
    {
        long batch = numbers.shape[0];
        Tensor present = numbers.ne(0).to(positions.dtype);
        Tensor first = summary.expand(batch, 1, -1);
        Tensor x = cat([first, words.forward(numbers) + positions], 1);
        Tensor bias = cat([zeros(batch, 1, 1, dtype: positions.dtype, device: numbers.device), (1 - present).unsqueeze(1) * Never], 2);
        foreach (WordLayer layer in layers) x = layer.forward(x, bias);
        x = norm.forward(x);
        // The mean of the words beside the summary token: a bag of words is learned at once, their order later.
        Tensor total = (x.narrow(1, 1, x.shape[1] - 1) * present.unsqueeze(-1)).sum(1) / (present.sum(1, keepdim: true) + 1);
        return new(x, bias, x.select(1, 0) + total);
    }
}

/// <summary>Self-attention and a two-layer perceptron, each after a norm.</summary>
internal sealed class WordLayer : Module<Tensor, Tensor, Tensor>
{
    private const int Heads = 4;
    private readonly LayerNorm norm1;
    private readonly LayerNorm norm2;
    private readonly Linear qkv;
    private readonly Linear proj;
    private readonly Linear up;
    private readonly Linear down;

    public WordLayer(string name, int width)
        : base(name)
    {
        norm1 = LayerNorm(width);
        norm2 = LayerNorm(width);
        qkv = ScaledLayers.Linear(width, 3 * width);
        proj = ScaledLayers.Linear(width, width, gain: 0.3);
        up = ScaledLayers.Linear(width, 3 * width);
        down = ScaledLayers.Linear(3 * width, width, gain: 0.3);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor bias)
    {
        Tensor[] parts = qkv.forward(norm1.forward(x)).chunk(3, -1);
        x = x + proj.forward(ProductAttention.Attend(parts[0], parts[1], parts[2], Heads, bias));
        return x + down.forward(functional.gelu(up.forward(norm2.forward(x))));
    }
}
