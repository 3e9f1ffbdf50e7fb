using Levare.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Codecs;

/// <summary>Pictures as states and back: 0..255 becomes -1..1 (or 0..1 where a model takes it so), nothing is compressed.</summary>
public static class PixelCodec
{
    /// <summary>The picture of a state, rounded half to even as Python's pipelines do.</summary>
    /// <param name="state">[channels, height, width] with 1 (grey) or 3 (RGB) channels, any device and float type.</param>
    /// <param name="range">The values of black and white; what lies beyond is clamped.</param>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public static RawImage Decode(Tensor state, PixelRange range = PixelRange.Signed)
    {
        if (state.dim() != 3 || state.shape[0] is not (1 or 3))
            throw new ArgumentException($"A picture's state is [1 or 3, height, width], not [{string.Join(", ", state.shape)}].", nameof(state));
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor values = state.detach().cpu().to(ScalarType.Float32);
        if (!values.isfinite().all().item<bool>())
            throw new InvalidDataException("The picture's state has values that are not finite: the network's arithmetic overflowed (try --dtype fp32).");
        Tensor unit = range == PixelRange.Unit ? values.clamp(0, 1) : ToUnit(values);
        Tensor bytes = unit.mul(255).round().to(ScalarType.Byte).permute(1, 2, 0).contiguous();
        return new((int)state.shape[2], (int)state.shape[1], (int)state.shape[0], bytes.data<byte>().ToArray());
    }

    /// <summary>The values of a picture without alpha, [channels, height, width] in 0..1, float32; the tensor is then the caller's.</summary>
    public static Tensor Unit(RawImage image)
    {
        using var scope = NewDisposeScope();
        return (Values(image) / 255).MoveToOuterDisposeScope();
    }

    /// <summary>Values around -1..1 as 0..1, what lies beyond clamped; a new tensor.</summary>
    public static Tensor ToUnit(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return (pixels * 0.5f + 0.5f).clamp(0, 1).MoveToOuterDisposeScope();
    }

    /// <summary>The state of a picture without alpha, [channels, height, width] in -1..1, float32; it is then the caller's.</summary>
    public static Tensor Encode(RawImage image)
    {
        using var scope = NewDisposeScope();
        return (Values(image) / 127.5f - 1).MoveToOuterDisposeScope();
    }

    private static Tensor Values(RawImage image)
    {
        if (image.Channels == 4) throw new ArgumentException("A picture with alpha has no state: flatten it first.", nameof(image));
        return tensor(image.Bytes).view(image.Height, image.Width, image.Channels).permute(2, 0, 1).contiguous().to(ScalarType.Float32);
    }
}
