using Levare.Conditioning;
using Levare.Denoisers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks;

/// <summary>
/// The words' part of a <see cref="WordUNet"/> as a network of its own, for 32x32 pictures: it does not look at the noisy input, as befits the
/// highest noise levels, at which there is nothing to see. Train it at those levels only.
/// </summary>
internal sealed class SketchNetwork : DenoisingNetwork
{
    private readonly WordEncoder text_encoder;
    private readonly SketchDecoder sketch;

    public SketchNetwork(WordUNetOptions options)
        : base(nameof(SketchNetwork))
    {
        text_encoder = new WordEncoder("text_encoder", options.Words, options.Length, options.Width, options.Depth);
        sketch = new SketchDecoder("sketch", options.Width, options.SketchWidth, options.SketchDepth);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input, Tensor time, Condition condition) =>
        sketch.forward(text_encoder.forward(condition[WordUNet.WordsName])).to(input.dtype);
}
