using Levare.Conditioning;
using Levare.Denoisers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Levare.Networks;

/// <summary>
/// A small text-to-image network for 64x64 RGB: a convolutional U-Net on 2x2 patches that is told the words by attention at 8x8 places, by scale and
/// shift everywhere, and by a sketch that is drawn from the words alone. The text encoder is part of it and trained with it.
/// </summary>
/// <remarks>
/// It predicts EDM's F (<see cref="Parameterisations.EdmPrediction"/> with sigma_data 0.5) and is told ln(sigma) / 4. Inside, the U-Net works on what the sketch
/// leaves open, see <see cref="ResidualScaling"/>. The condition is <see cref="WordsName"/>: int64 [batch, length] of a <see cref="WordTokenizer"/>; all zeros is no text. <see cref="Prepare"/> does
/// once a prompt what does not depend on the noise. The network computes in the element type of its weights. Inference from several threads at once is safe.
/// </remarks>
public sealed class WordUNet : DenoisingNetwork
{
    /// <summary>The name of the condition that holds word numbers.</summary>
    public const string WordsName = "words";

    /// <summary>The side of the pictures in pixels.</summary>
    public const int Side = 64;

    /// <summary>The channels of the pictures.</summary>
    public const int Colours = 3;

    private const string EncodedName = "words.encoded", BiasName = "words.bias", SummaryName = "words.summary", SketchName = "words.sketch";
    private const int Patch = 2, Frequencies = 32;
    private readonly WordEncoder text_encoder;
    private readonly SketchDecoder sketch;
    private readonly WordUNetCore unet;

    /// <summary>A network with random weights.</summary>
    public WordUNet(WordUNetOptions options)
        : base(nameof(WordUNet))
    {
        Options = options;
        text_encoder = new WordEncoder("text_encoder", options.Words, options.Length, options.Width, options.Depth);
        sketch = new SketchDecoder("sketch", options.Width, options.SketchWidth, options.SketchDepth);
        unet = new WordUNetCore("unet", options.Channels, options.Width);
        RegisterComponents();
    }

    /// <summary>Its size.</summary>
    public WordUNetOptions Options { get; }

    /// <summary>Encodes the words and draws their sketch, so that the steps of a run need not.</summary>
    /// <returns>A condition that <see cref="forward"/> takes in place of the words; its tensors are the caller's.</returns>
    public Condition Prepare(Condition words)
    {
        using var noGradient = no_grad();
        (EncodedWords text, Tensor drawn) = Told(words);
        return Condition.None.With(EncodedName, text.Words).With(BiasName, text.Bias).With(SummaryName, text.Summary).With(SketchName, drawn);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input, Tensor time, Condition condition)
    {
        if (input.shape is not [_, Colours, Side, Side])
            throw new ArgumentException($"This network takes [batch, {Colours}, {Side}, {Side}], not [{string.Join(", ", input.shape)}].", nameof(input));
        (EncodedWords text, Tensor drawn) = Told(condition);
        ResidualScaling c = ResidualScaling.At(time);
        Tensor mean = functional.interpolate(drawn.to(ScalarType.Float32), scale_factor: [Patch, Patch], mode: InterpolationMode.Bilinear, align_corners: false);
        Tensor scaled = input.to(ScalarType.Float32);
        Tensor residual = scaled * c.InputOfState - mean * c.InputOfMean;
        Tensor seen = cat([functional.pixel_unshuffle(residual.to(drawn.dtype), Patch), drawn], 1);
        Tensor output = unet.forward(ChannelsLast(seen), Waves(time).to(drawn.dtype), text);
        Tensor predicted = functional.pixel_shuffle(output, Patch).to(ScalarType.Float32);
        return (mean * c.Mean + scaled * c.State + predicted * c.Output).to(input.dtype);
    }

    private (EncodedWords Text, Tensor Sketch) Told(Condition condition)
    {
        if (condition.Find(EncodedName) is { } encoded) return (new(encoded, condition[BiasName], condition[SummaryName]), condition[SketchName]);
        EncodedWords text = text_encoder.forward(condition[WordsName]);
        return (text, sketch.forward(text));
    }

    private static Tensor ChannelsLast(Tensor x) => x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    // log(sigma) / 4 lies within -1.6..1.1: these waves tell levels apart that differ by some per cent.
    private static Tensor Waves(Tensor time)
    {
        Tensor phase = time.to(ScalarType.Float32).unsqueeze(1) * logspace(0, 1.5, Frequencies, dtype: ScalarType.Float32, device: time.device);
        return cat([phase.cos(), phase.sin()], 1);
    }

    internal static int WaveCount => 2 * Frequencies;
}

/// <summary>The U-Net itself, on 32x32 places: three levels, skips added, not concatenated.</summary>
internal sealed class WordUNetCore : Module<Tensor, Tensor, EncodedWords, Tensor>
{
    private const int In = 15, Out = 12;
    private readonly Linear level;
    private readonly Linear text;
    private readonly Conv2d enter;
    private readonly FilmBlock down32;
    private readonly Conv2d shrink32;
    private readonly FilmBlock down16;
    private readonly Conv2d shrink16;
    private readonly FilmBlock middle1;
    private readonly WordAttention attention;
    private readonly FilmBlock middle2;
    private readonly Conv2d grow16;
    private readonly FilmBlock up16a;
    private readonly FilmBlock up16b;
    private readonly Conv2d grow32;
    private readonly FilmBlock up32;
    private readonly GroupNorm norm;
    private readonly Conv2d leave;

    public WordUNetCore(string name, IReadOnlyList<int> channels, int width)
        : base(name)
    {
        (int fine, int middle, int coarse) = (channels[0], channels[1], channels[2]);
        level = ScaledLayers.Linear(WordUNet.WaveCount, width);
        text = ScaledLayers.Linear(width, width);
        enter = ScaledLayers.Conv(In, fine);
        down32 = new FilmBlock("down32", fine, fine, width);
        shrink32 = ScaledLayers.Conv(fine, middle, stride: 2);
        down16 = new FilmBlock("down16", middle, middle, width);
        shrink16 = ScaledLayers.Conv(middle, coarse, stride: 2);
        middle1 = new FilmBlock("middle1", coarse, coarse, width);
        attention = new WordAttention("attention", coarse, width);
        middle2 = new FilmBlock("middle2", coarse, coarse, width);
        grow16 = ScaledLayers.Conv(coarse, middle, kernel: 1);
        up16a = new FilmBlock("up16a", middle, middle, width);
        up16b = new FilmBlock("up16b", middle, middle, width);
        grow32 = ScaledLayers.Conv(middle, fine, kernel: 1);
        up32 = new FilmBlock("up32", fine, fine, width);
        norm = ScaledLayers.Norm(fine);
        leave = ScaledLayers.Conv(fine, Out, gain: 0.1);
        RegisterComponents();
    }

    /// <summary>seen [batch, 15, 32, 32] (the noisy picture's patches and the sketch), waves of the level, the words, to [batch, 12, 32, 32].</summary>
    public override Tensor forward(Tensor seen, Tensor waves, EncodedWords words)
    {
        Tensor e = functional.silu(level.forward(waves) + text.forward(words.Summary));
        Tensor x32 = down32.forward(enter.forward(seen), e);
        Tensor x16 = down16.forward(shrink32.forward(x32), e);
        Tensor x8 = middle2.forward(attention.forward(middle1.forward(shrink16.forward(x16), e), words), e);
        x16 = up16b.forward(up16a.forward(x16 + Double(grow16.forward(x8)), e), e);
        x32 = up32.forward(x32 + Double(grow32.forward(x16)), e);
        return leave.forward(functional.silu(norm.forward(x32)));
    }

    private static Tensor Double(Tensor x) => functional.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest);
}
