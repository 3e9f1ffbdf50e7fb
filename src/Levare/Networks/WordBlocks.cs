using Levare.Networks.Attention;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Levare.Networks;

/// <summary>Norm, SiLU, convolution, twice, with a scale and shift from an embedding between (FiLM), added to the input.</summary>
internal sealed class FilmBlock : Module<Tensor, Tensor, Tensor>
{
    private readonly GroupNorm norm1;
    private readonly GroupNorm norm2;
    private readonly Conv2d conv1;
    private readonly Conv2d conv2;
    private readonly Linear film;
    private readonly Conv2d? skip;

    public FilmBlock(string name, int from, int to, int embedding)
        : base(name)
    {
        norm1 = ScaledLayers.Norm(from);
        norm2 = ScaledLayers.Norm(to);
        conv1 = ScaledLayers.Conv(from, to);
        conv2 = ScaledLayers.Conv(to, to, gain: 0.3);
        film = ScaledLayers.Linear(embedding, 2 * to, gain: 0.3);
        skip = from == to ? null : ScaledLayers.Conv(from, to, kernel: 1);
        RegisterComponents();
    }

    /// <summary>x [batch, from, h, w], embedding [batch, width] to [batch, to, h, w].</summary>
    public override Tensor forward(Tensor x, Tensor embedding)
    {
        Tensor h = conv1.forward(functional.silu(norm1.forward(x)));
        Tensor[] change = film.forward(embedding).unsqueeze(-1).unsqueeze(-1).chunk(2, 1);
        h = norm2.forward(h) * (1 + change[0]) + change[1];
        return (skip is null ? x : skip.forward(x)) + conv2.forward(functional.silu(h));
    }
}

/// <summary>Attention of every place to all places and all words, added to the input.</summary>
internal sealed class WordAttention : Module<Tensor, EncodedWords, Tensor>
{
    private readonly int _heads;
    private readonly GroupNorm norm;
    private readonly Linear qkv;
    private readonly Linear words;
    private readonly Linear proj;

    public WordAttention(string name, int channels, int width)
        : base(name)
    {
        _heads = Math.Max(1, channels / 64);
        norm = ScaledLayers.Norm(channels);
        qkv = ScaledLayers.Linear(channels, 3 * channels);
        words = ScaledLayers.Linear(width, 2 * channels);
        proj = ScaledLayers.Linear(channels, channels, gain: 0.3);
        RegisterComponents();
    }

    /// <summary>x [batch, channels, h, w], to the same.</summary>
    public override Tensor forward(Tensor x, EncodedWords text)
    {
        (long batch, long channels, long height, long width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        Tensor places = norm.forward(x).permute(0, 2, 3, 1).reshape(batch, height * width, channels);
        Tensor[] own = qkv.forward(places).chunk(3, -1), told = words.forward(text.Words).chunk(2, -1);
        Tensor bias = cat([zeros(batch, 1, height * width, dtype: x.dtype, device: x.device), text.Bias], 2);
        Tensor mixed = ProductAttention.Attend(own[0], cat([own[1], told[0]], 1), cat([own[2], told[1]], 1), _heads, bias);
        return x + proj.forward(mixed).view(batch, height, width, channels).permute(0, 3, 1, 2);
    }
}
