using Levare.Codecs;
using Levare.Data;
using static TorchSharp.torch;

namespace Levare.Pipelines.Tasks;

/// <summary>A caller's pictures as tensors, prepared as Python's pipelines prepare them.</summary>
internal static class SourcePicture
{
    private const float MaskThreshold = 0.5f;

    /// <summary>A picture in a size, [1, 3, height, width] in -1..1; alpha is dropped.</summary>
    public static Tensor Pixels(RawImage picture, ImageSize size)
    {
        using Tensor single = PixelCodec.Encode(Resized(picture, size).ToChannels(3));
        return single.unsqueeze(0);
    }

    /// <summary>A mask in a size, [1, 1, height, width]: 1 where it is at least half bright, else 0.</summary>
    public static Tensor Mask(RawImage mask, ImageSize size)
    {
        using var scope = NewDisposeScope();
        RawImage grey = Resized(mask, size).ToChannels(1);
        Tensor unit = tensor(grey.Bytes).view(1, 1, grey.Height, grey.Width).to(ScalarType.Float32) / 255f;
        return unit.ge(MaskThreshold).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>The bytes of a picture's grey form.</summary>
    public static byte[] Grey(RawImage picture) => picture.ToChannels(1).Bytes;

    // Resampled in its own colours, then reduced: the other order rounds differently.
    private static RawImage Resized(RawImage picture, ImageSize size) =>
        Resampling.Resize(picture.Channels == 4 ? picture.ToChannels(3) : picture, size.Width, size.Height, ResampleFilter.Lanczos);
}
