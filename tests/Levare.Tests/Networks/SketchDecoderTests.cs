using Levare.Networks;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Networks;

public sealed class SketchDecoderTests
{
    private const int Width = 16, Places = 11, Half = SketchDecoder.Side / 2;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void A_figure_at_half_size_is_the_whole_one_shrunk_and_the_rest_is_background(int line, int column)
    {
        using var scope = NewDisposeScope();
        using SketchDecoder decoder = new("sketch", Width, 24, 1);
        Tensor whole = Draw(decoder, place: 1), small = Draw(decoder, place: 2 + 3 * line + column);
        (int top, int left) = (line * Half / 2, column * Half / 2);
        Tensor expected = zeros_like(small);
        expected.narrow(2, top, Half).narrow(3, left, Half).copy_(nn.functional.avg_pool2d(whole, 2));
        Assert.InRange((small - expected).abs().max().item<float>(), 0, 1e-5);
        Assert.True(whole.abs().max().item<float>() > 0.01);
    }

    [Fact]
    public void A_figure_that_is_nowhere_leaves_the_background()
    {
        using var scope = NewDisposeScope();
        using SketchDecoder decoder = new("sketch", Width, 24, 1);
        Assert.Equal(0, Draw(decoder, place: 0).abs().max().item<float>(), 1e-6);
    }

    // The first figure surely at one place, the second nowhere, over a background of 0.
    private static Tensor Draw(SketchDecoder decoder, int place)
    {
        using var noGradient = no_grad();
        decoder.get_parameter("places.weight")!.zero_();
        decoder.get_parameter("background.weight")!.zero_();
        Tensor bias = decoder.get_parameter("places.bias")!;
        bias.fill_(-100);
        bias[place] = 100;
        bias[Places] = 100;
        Tensor words = ones(1, 3, Width) * linspace(-1, 1, Width);
        return decoder.forward(new(words, zeros(1, 1, 3), words.select(1, 0)));
    }
}
